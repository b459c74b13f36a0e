//! Notices of the host: maintenance and preemption, from the metadata server.
//!
//! Source: Compute Engine's documents on the metadata values
//! `maintenance-event` and `preempted`, and on `wait_for_change` with
//! `last_etag`. Unverified against a real machine.

use crate::{backoff, decide::Input};
use gcp::credentials::MetadataServer;
use names::Duration;
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedSender;

/// How long one request waits for a change; a quiet connection may be cut.
const HANG: Duration = Duration::from_secs(60);

/// A value of the metadata server that tells of the host.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Notice {
    /// `instance/maintenance-event`.
    Maintenance,
    /// `instance/preempted`.
    Preempted,
}

impl Notice {
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

/// Tells `inputs` of every value that `notice` takes, from the present one on,
/// for as long as somebody listens.
pub(crate) async fn watch(
    notice: Notice,
    metadata: Arc<MetadataServer>,
    inputs: UnboundedSender<Input>,
    retry: Duration,
) {
    let mut etag: Option<String> = None;
    let mut seen = String::new();
    let mut backoff = backoff::starting_at(retry);
    while !inputs.is_closed() {
        match metadata.watch(notice.path(), etag.as_deref(), HANG).await {
            Ok(watched) => {
                if watched.value != seen {
                    tracing::info!(path = notice.path(), value = watched.value, "the host says");
                    seen.clone_from(&watched.value);
                    if let Some(input) = notice.input(watched.value) {
                        // Nobody listens once the agent is over.
                        let _ = inputs.send(input);
                    }
                }
                etag = Some(watched.etag).filter(|etag| !etag.is_empty());
                if etag.is_some() {
                    backoff = backoff::starting_at(retry);
                } else {
                    // Without a version the server answers at once.
                    backoff.wait().await;
                }
            }
            // The server answers 503 while it moves, and cuts long waits.
            Err(e) => {
                tracing::debug!(path = notice.path(), error = %e, "asking again");
                backoff.wait().await;
            }
        }
    }
}
