//! The Cloud Run function `maintenance-noticed`.

fn main() -> std::process::ExitCode {
    runtime::main_calling(
        maintenance_noticed::build,
        jobs::access::job_function,
        publish::pubsub,
    )
}
