//! The trait that a function implements.

use crate::{FromDelivery, Trigger};
use events::{Envelope, Outcome};
use gcp::Classify;
use names::{Duration, EnvVar, Timestamp};
use std::{error::Error, future::Future};

/// A Cloud Run function: handles one kind of event.
///
/// Each worker thread has its own, so neither it nor its futures need be `Send`.
pub trait Function: 'static {
    /// The name in logs and dead letters, such as `job-changed`; also the ID of
    /// the service account that it runs as.
    const NAME: &'static str;

    /// The time limit of one delivery, from its arrival. The subscription's or
    /// Cloud Run's may be shorter: see [`Delivery::deadline`].
    const TIME: Duration = Duration::from_secs(60);

    /// The subscriptions that deliver to the function. A delivery from any other
    /// is recorded as a dead letter; if there are none, every authenticated
    /// delivery is handled.
    const TRIGGERS: &'static [Trigger] = &[];

    /// The environment variables of its configuration, without the runtime's own.
    const VARIABLES: &'static [EnvVar] = &[];

    /// The event that [`Function::handle`] takes, decoded from the delivery.
    type Event: FromDelivery;

    /// Its error; the class decides on ack or nack.
    type Error: Classify + Error + 'static;

    /// Handles one delivery. The same event may be delivered again, late or out
    /// of order, and while an earlier delivery of it is still being handled.
    fn handle(
        &self,
        event: Self::Event,
        delivery: &Delivery,
    ) -> impl Future<Output = Result<Outcome, Self::Error>>;
}

/// One delivery of an event: what the sender and the runtime say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The message, whatever form it came in.
    pub envelope: Envelope,
    /// Which of [`Function::TRIGGERS`] delivered it; `None` where there are none.
    pub trigger: Option<&'static Trigger>,
    /// When the request arrived.
    pub now: Timestamp,
    /// When the runtime nacks: before the shortest of [`Function::TIME`], the
    /// subscription's acknowledgement deadline and Cloud Run's request timeout, by
    /// a tenth of it and at least a second, so that the nack arrives in time.
    pub deadline: Timestamp,
}
