//! The Cloud Run function `job-changed`.

fn main() -> std::process::ExitCode {
    runtime::main_calling(
        job_changed::build,
        jobs::access::job_changed,
        publish::pubsub,
    )
}
