//! The Cloud Run function `job-changed`.

fn main() -> std::process::ExitCode {
    runtime::main(job_changed::build)
}
