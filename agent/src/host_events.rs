//! Events of the host: maintenance and preemption, from the metadata server.
//!
//! Source: Compute Engine's documents on the metadata values
//! `maintenance-event` and `preempted`, and on `wait_for_change` with
//! `last_etag`. Unverified against a real machine.

use crate::{backoff, decide::Input};
use gcp::credentials::MetadataServer;
use names::Duration;
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedSender;

/// How long one request waits for a change; idle connections may be cut.
const WAIT_TIMEOUT: Duration = Duration::from_secs(60);

/// A metadata value that announces the termination of the host.
#[derive(Debug, Clone, Copy)]
pub(crate) enum HostEvent {
    /// `instance/maintenance-event`.
    Maintenance,
    /// `instance/preempted`.
    Preempted,
}

impl HostEvent {
    fn path(self) -> &'static str {
        match self {
            Self::Maintenance => "instance/maintenance-event",
            Self::Preempted => "instance/preempted",
        }
    }

    fn input(self, value: String) -> Option<Input> {
        match self {
            Self::Maintenance => Some(Input::Maintenance(value)),
            Self::Preempted => (value == "TRUE").then_some(Input::Preempted),
        }
    }
}

/// Sends an input for the current value of `event` and for every change, until
/// the receiver of `inputs` is dropped.
pub(crate) async fn watch(
    event: HostEvent,
    metadata: Arc<MetadataServer>,
    inputs: UnboundedSender<Input>,
    retry: Duration,
) {
    let mut etag: Option<String> = None;
    let mut last = String::new();
    let mut backoff = backoff::starting_at(retry);
    while !inputs.is_closed() {
        match metadata
            .watch(event.path(), etag.as_deref(), WAIT_TIMEOUT)
            .await
        {
            Ok(watched) => {
                if watched.value != last {
                    tracing::info!(path = event.path(), value = watched.value, "host event");
                    last.clone_from(&watched.value);
                    if let Some(input) = event.input(watched.value) {
                        // The receiver is gone once the attempt has ended.
                        let _ = inputs.send(input);
                    }
                }
                etag = Some(watched.etag).filter(|etag| !etag.is_empty());
                if etag.is_some() {
                    backoff = backoff::starting_at(retry);
                } else {
                    // Without an etag the server does not wait for a change.
                    backoff.wait().await;
                }
            }
            // The server answers 503 during a migration, and cuts long waits.
            Err(e) => {
                tracing::debug!(path = event.path(), error = %e, "request failed, retrying");
                backoff.wait().await;
            }
        }
    }
}
