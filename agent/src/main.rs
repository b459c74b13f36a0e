//! The agent as the program that job machines run.

use agent::{Options, run};
use std::process::ExitCode;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    agent::trace_to_stderr();
    let result = match Options::from_env() {
        Ok(options) => run(options).await,
        Err(e) => Err(e),
    };
    result.unwrap_or_else(|e| {
        tracing::error!("{e}");
        ExitCode::FAILURE
    })
}
