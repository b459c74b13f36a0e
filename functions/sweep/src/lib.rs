//! `sweep`: a tick of Cloud Scheduler.
//!
//! It promises that whatever is overdue in the ledger is published, so that
//! the flow it belongs to acts under its own identity. It decides nothing and
//! touches no cloud resource.

use events::Tick;
use jobs::Sweep;
use ledger::Ledger;
use names::{DatabaseName, TopicName, Variable};
use runtime::{Delivery, Function, Outcome, Trigger, Wiring};
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
    const TRIGGERS: &'static [Trigger] = &[Trigger {
        topic: "tick",
        subscription: "tick",
        schedule: Some("* * * * *"),
    }];
    const VARIABLES: &'static [Variable] = &[
        Variable::required(
            "GROUNDCREW_DATABASE",
            "projects/example-project/databases/groundcrew",
            "the ledger's database",
        ),
        Variable::required(
            "GROUNDCREW_CHANGES",
            "projects/example-project/topics/job-changed",
            "the topic on which what is overdue is published",
        ),
    ];
    type Event = Tick;
    type Error = jobs::Error;

    async fn handle(&self, _: Tick, delivery: &Delivery) -> Result<Outcome, jobs::Error> {
        let swept = self.sweep.run(delivery.now).await?;
        tracing::debug!(swept.overdue, "swept");
        Ok(Outcome::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_what_is_read() {
        let names = Handler::VARIABLES.iter().map(|variable| variable.name);
        assert!(names.eq(runtime::variables_of::<Settings>()));
    }
}
