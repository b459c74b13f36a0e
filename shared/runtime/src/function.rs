//! What a function is, to the runtime.

use crate::{FromDelivery, Trigger};
use events::{Envelope, Outcome};
use gcp::Classify;
use names::{Duration, Timestamp, Variable};
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

    /// The subscriptions that deliver to it. A delivery from any other is
    /// recorded as a dead letter; without any, every authenticated delivery is
    /// handled.
    const TRIGGERS: &'static [Trigger] = &[];

    /// The variables that its configuration is read from; the runtime's own
    /// are not among them.
    const VARIABLES: &'static [Variable] = &[];

    /// The event that it handles.
    type Event: FromDelivery;

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
    /// The message as it came, whatever its form.
    pub envelope: Envelope,
    /// Which of [`Function::TRIGGERS`] delivered it; `None` where there are none.
    pub trigger: Option<&'static Trigger>,
    /// When it came.
    pub now: Timestamp,
    /// When the runtime gives up and asks for the event again: a tenth, but
    /// at least a second, before the least of [`Function::TIME`], the
    /// subscription's acknowledgement deadline and Cloud Run's request
    /// timeout, so that the nack still arrives.
    pub deadline: Timestamp,
}
