//! The Cloud Run function `job-queued`.

fn main() -> std::process::ExitCode {
    runtime::main_calling(
        job_queued::build,
        jobs::access::job_function,
        publish::pubsub,
    )
}
