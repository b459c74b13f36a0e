//! What a function is, to the runtime.

use bytes::Bytes;
use events::{DecodeError, Envelope};
use gcp::Classify;
use names::{Duration, Timestamp, Variable};
use serde::Serialize;
use std::{error::Error, future::Future};

/// One function of groundcrew: one kind of event, one thing that it does.
///
/// It lives on one thread, so neither it nor its futures need be `Send`.
pub trait Function: 'static {
    /// Its name in logs and records, such as `job-changed`; also the id of the
    /// account that it runs as.
    const NAME: &'static str;

    /// The most that one delivery is given, from its arrival on. It has less
    /// where the subscription or Cloud Run waits for less: see
    /// [`Delivery::deadline`].
    const TIME: Duration = Duration::from_secs(60);

    /// What calls it, for `--describe`.
    const TRIGGERS: &'static [Trigger] = &[];

    /// The variables that its configuration is read from; the runtime's own
    /// are not among them.
    const VARIABLES: &'static [Variable] = &[];

    /// What it is told.
    type Event: for<'a> TryFrom<&'a Envelope, Error = DecodeError>;

    /// Why it can fail.
    type Error: Classify + Error + 'static;

    /// Handles one delivery. The same event may come again, late, or out of
    /// order, also while an earlier delivery of it is still being handled.
    fn handle(
        &self,
        event: Self::Event,
        delivery: &Delivery,
    ) -> impl Future<Output = Result<Outcome, Self::Error>>;
}

/// A subscription that delivers to a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Trigger {
    /// The id of the topic.
    pub topic: &'static str,
    /// The id of the subscription.
    pub subscription: &'static str,
    /// When Cloud Scheduler publishes to the topic, in cron's syntax.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<&'static str>,
}

/// One delivery of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The message as it came, whatever its form.
    pub envelope: Envelope,
    /// When it came.
    pub now: Timestamp,
    /// When the runtime gives up and asks for the event again: a tenth, but
    /// at least a second, before the least of [`Function::TIME`], the
    /// subscription's acknowledgement deadline and Cloud Run's request
    /// timeout, so that the nack still arrives.
    pub deadline: Timestamp,
}

/// How a delivery ended, as the function sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It had been done before.
    Duplicate,
    /// There is nothing to do, for this reason.
    Ignored(String),
    /// It cannot be done yet: the event is to be delivered again.
    Retry {
        /// Why.
        reason: String,
        /// How long the sender should wait. Pub/Sub goes by the retry policy
        /// of its subscription instead.
        after: Option<Duration>,
    },
    /// It can never be done, for this reason: the event is recorded whole,
    /// then acked.
    Permanent(String),
    /// It was done, and this goes back to who called. Pub/Sub drops it, and
    /// so does the runtime in a batch of several events.
    Answer {
        /// The body of the answer.
        body: Bytes,
        /// Its media type.
        content_type: String,
    },
}
