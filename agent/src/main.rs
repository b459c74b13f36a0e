//! The agent as a program of its own, as job machines get it.

use agent::{Options, run};
use std::process::ExitCode;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    agent::trace_to_stderr();
    let ended = match Options::from_env() {
        Ok(options) => run(options).await,
        Err(e) => Err(e),
    };
    ended.unwrap_or_else(|e| {
        tracing::error!("{e}");
        ExitCode::FAILURE
    })
}
