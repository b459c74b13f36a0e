//! The Cloud Run function `job-queued`.

fn main() -> std::process::ExitCode {
    runtime::main(job_queued::build)
}
