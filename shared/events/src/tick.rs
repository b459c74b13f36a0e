//! Calls of Cloud Scheduler.

use crate::{DecodeError, Envelope};
use names::Timestamp;

/// A scheduled job is due. Over HTTP, Cloud Scheduler sends the job's name and
/// the time; over Pub/Sub it sends no metadata, so every message on the topic is
/// a tick.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tick {
    /// Name of the job; only over HTTP.
    pub job: Option<String>,
    /// When the job was due; over Pub/Sub, when the message was published.
    pub due: Option<Timestamp>,
}

impl TryFrom<&Envelope> for Tick {
    type Error = DecodeError;

    fn try_from(envelope: &Envelope) -> Result<Self, DecodeError> {
        Ok(Self {
            job: envelope.attributes.get("x-cloudscheduler-jobname").cloned(),
            due: envelope.publish_time,
        })
    }
}
