//! What a function is, to the runtime.

use events::{Envelope, Unreadable};
use gcp::Classify;
use names::{Duration, Timestamp};
use std::{error::Error, fmt::Write as _, future::Future};

/// One function of groundcrew: one kind of event, one thing that it does.
///
/// It lives on one thread, so neither it nor its futures need be `Send`.
pub trait Function: 'static {
    /// Its name in logs and records, such as `job-changed`.
    const NAME: &'static str;

    /// How long one delivery may take. It must be less than the
    /// subscription's `ackDeadlineSeconds` (10 to 600), which is also the
    /// timeout of the push request, so that a nack still reaches Pub/Sub.
    const TIME: Duration = Duration::from_secs(55);

    /// What it is told.
    type Event: for<'a> TryFrom<&'a Envelope, Error = Unreadable>;

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

/// One delivery of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The message as it came.
    pub envelope: Envelope,
    /// When it came.
    pub now: Timestamp,
    /// When the runtime gives up and asks for the event again.
    pub deadline: Timestamp,
}

/// How a delivery ended well; each is acked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It had been done before.
    Duplicate,
    /// There is nothing to do, for this reason.
    Ignored(String),
}

/// `error` and its sources, outermost first, in one line.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        write!(text, ": {cause}").expect("a String takes everything");
        source = cause.source();
    }
    text
}
