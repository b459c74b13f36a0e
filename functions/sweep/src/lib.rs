//! `sweep`: a tick of Cloud Scheduler.
//!
//! It promises that whatever is overdue in the ledger is published, so that
//! the flow it belongs to acts under its own identity. It decides nothing and
//! touches no cloud resource.

use events::{Envelope, Unreadable};
use jobs::Sweep;
use ledger::Ledger;
use names::{DatabaseName, TopicName};
use runtime::{Delivery, Function, Outcome, Wiring};
use serde::Deserialize;

/// The function's configuration.
#[derive(Debug, Clone, Deserialize)]
pub struct Settings {
    /// The ledger's database.
    #[serde(rename = "groundcrew_database")]
    pub database: DatabaseName,
    /// The topic `job-changed`.
    #[serde(rename = "groundcrew_changes")]
    pub changes: TopicName,
}

/// A tick; whatever it says is not needed.
pub struct Tick;

impl TryFrom<&Envelope> for Tick {
    type Error = Unreadable;

    fn try_from(_: &Envelope) -> Result<Self, Unreadable> {
        Ok(Self)
    }
}

/// The function.
pub struct Handler {
    sweep: Sweep,
}

/// The function on `wiring`.
pub fn build(settings: &Settings, wiring: &Wiring) -> Handler {
    let ledger = Ledger::new(wiring.client.clone(), settings.database.clone());
    let publisher = wiring.publisher.clone();
    Handler::new(Sweep::new(ledger, publisher, settings.changes.clone()))
}

impl Handler {
    /// The function on a sweep of one's own.
    #[must_use]
    pub fn new(sweep: Sweep) -> Self {
        Self { sweep }
    }
}

impl Function for Handler {
    const NAME: &'static str = "sweep";
    type Event = Tick;
    type Error = jobs::Error;

    async fn handle(&self, _: Tick, delivery: &Delivery) -> Result<Outcome, jobs::Error> {
        let swept = self.sweep.run(delivery.now).await?;
        tracing::debug!(swept.overdue, "swept");
        Ok(Outcome::Done)
    }
}
