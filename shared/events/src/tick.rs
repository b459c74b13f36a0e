//! Cloud Scheduler's call.

use crate::{Envelope, Unreadable};
use names::Timestamp;

/// A scheduled job's time has come. Over HTTP, Cloud Scheduler names the job and
/// the time; over Pub/Sub it says nothing of itself, so that every message on
/// the topic is a tick.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tick {
    /// The job's name; over HTTP only.
    pub job: Option<String>,
    /// When it was due; over Pub/Sub, when the message was published.
    pub due: Option<Timestamp>,
}

impl TryFrom<&Envelope> for Tick {
    type Error = Unreadable;

    fn try_from(envelope: &Envelope) -> Result<Self, Unreadable> {
        Ok(Self {
            job: envelope.attributes.get("x-cloudscheduler-jobname").cloned(),
            due: envelope.publish_time,
        })
    }
}
