//! How the handling of a delivery ends: what flows return and the runtime maps
//! to an acknowledgement.

use bytes::Bytes;
use names::Duration;

/// How the handling of one delivery ended.
///
/// Flows return it; `runtime` turns it into an ack, a nack or a dead letter.
/// An error of the flow is classified separately (`gcp::Class`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The event was handled: acked.
    Done,
    /// The event had been handled before: acked.
    Duplicate,
    /// The event does not apply, for this reason: acked.
    Ignored(String),
    /// The event cannot be handled yet: nacked, so that it is delivered again.
    Retry {
        /// Why it cannot be handled yet.
        reason: String,
        /// How long the sender should wait. Pub/Sub uses the retry policy of
        /// its subscription instead.
        after: Option<Duration>,
    },
    /// The event can never be handled, for this reason: recorded as a dead
    /// letter, then acked.
    Permanent(String),
    /// The event was handled, and the caller gets this response. Pub/Sub
    /// discards it, and so does the runtime in a batch of several events.
    Answer {
        /// Body of the response.
        body: Bytes,
        /// Media type of the body.
        content_type: String,
    },
}

impl Outcome {
    /// [`Outcome::Ignored`] for `reason`.
    pub fn ignored(reason: impl Into<String>) -> Self {
        Self::Ignored(reason.into())
    }
}
