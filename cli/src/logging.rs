//! Logs of the functions and the agent that run in this program; `RUST_LOG`
//! overrides their level.

use deployment::Deployment;
use runtime::{CloudLogging, SystemClock};
use std::{io, sync::Arc};
use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

/// Logs the functions in this process to standard error, in the format that they
/// use on Cloud Run.
pub(crate) fn functions(deployment: &Deployment, filter: &str) {
    let home = deployment.home.clone();
    let layer = CloudLogging::new(Box::new(io::stderr()), home, Arc::new(SystemClock));
    // Fails only if a subscriber is installed already.
    let _ = tracing_subscriber::registry()
        .with(filter_from_env(filter))
        .with(layer)
        .try_init();
}

/// Logs the agent in plain text to standard error, which is its machine's serial
/// port.
pub(crate) fn agent() {
    let _ = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(false)
        .log_internal_errors(false)
        .with_env_filter(filter_from_env("info"))
        .try_init();
}

#[expect(
    clippy::disallowed_methods,
    reason = "RUST_LOG is read once, when the program starts"
)]
fn filter_from_env(default: &str) -> EnvFilter {
    let variable = std::env::var("RUST_LOG");
    EnvFilter::builder().parse_lossy(variable.as_deref().unwrap_or(default))
}
