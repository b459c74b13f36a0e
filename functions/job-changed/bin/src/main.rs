//! The Cloud Run function `job-changed`.

fn main() -> std::process::ExitCode {
    runtime::main_with_calls(
        job_changed::build,
        jobs::Flow::calls_when_overdue,
        publish::pubsub,
    )
}
