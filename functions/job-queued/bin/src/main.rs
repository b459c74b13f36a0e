//! The Cloud Run function `job-queued`.

fn main() -> std::process::ExitCode {
    runtime::main_with_calls(job_queued::build, jobs::Flow::calls, publish::pubsub)
}
