//! What this program itself logs: nothing, unless something is wrong or
//! `RUST_LOG` asks for it.

use crate::deployment::Deployment;
use runtime::{CloudLogging, SystemClock};
use std::{io, sync::Arc};
use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

/// Logs the functions in this process as they log on Cloud Run, to standard error.
pub(crate) fn functions(deployment: &Deployment, filter: &str) {
    let home = deployment.home.clone();
    let layer = CloudLogging::new(Box::new(io::stderr()), home, Arc::new(SystemClock));
    // An error means that a subscriber is there already.
    let _ = tracing_subscriber::registry()
        .with(wanted(filter))
        .with(layer)
        .try_init();
}

/// Logs an agent in plain text to standard error: its machine's serial port.
pub(crate) fn agent() {
    let _ = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(false)
        .with_env_filter(wanted("info"))
        .try_init();
}

#[expect(
    clippy::disallowed_methods,
    reason = "RUST_LOG is read once, when the program starts"
)]
fn wanted(usual: &str) -> EnvFilter {
    let asked = std::env::var("RUST_LOG");
    EnvFilter::builder().parse_lossy(asked.as_deref().unwrap_or(usual))
}
