//! The sweep: reads the ledger and publishes which jobs are overdue. It decides
//! nothing and changes no cloud resource.

use crate::{Error, Job};
use events::JobChanged;
use gcp::{Message, Publisher, Request, methods::pubsub::publish_request};
use ledger::Ledger;
use names::{DatabaseName, Timestamp, TopicName};
use std::sync::Arc;

/// The sweep over jobs, run under one identity.
pub struct Sweep {
    ledger: Ledger,
    publisher: Arc<dyn Publisher>,
    topic: TopicName,
}

/// The result of a sweep.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SweepResult {
    /// Jobs that were overdue.
    pub overdue: usize,
}

impl Sweep {
    /// The sweep over the jobs of `ledger`; `topic` is that of `job-changed`.
    #[must_use]
    pub fn new(ledger: Ledger, publisher: Arc<dyn Publisher>, topic: TopicName) -> Self {
        Self {
            ledger,
            publisher,
            topic,
        }
    }

    /// A sample of every request that it makes, besides dead letters.
    #[must_use]
    pub fn calls(database: &DatabaseName, topic: &TopicName) -> Vec<Request> {
        let mut calls = Ledger::query_calls(database);
        calls.push(publish_request(topic, &Message::default()));
        calls
    }

    /// Publishes one event for each job that is due at `now`, and one that
    /// starts an inventory of the machines.
    ///
    /// # Errors
    /// The ledger could not be read, or an event not published; the next tick
    /// tries again.
    pub async fn run(&self, now: Timestamp) -> Result<SweepResult, Error> {
        let mut swept = SweepResult::default();
        for job in self.ledger.due::<Job>(now).await? {
            self.publish(&JobChanged::Overdue { job }).await?;
            swept.overdue += 1;
        }
        self.publish(&JobChanged::Inventory).await?;
        Ok(swept)
    }

    async fn publish(&self, event: &JobChanged) -> Result<(), Error> {
        let message = Message::json(event);
        self.publisher
            .publish(&self.topic, message)
            .await
            .map_err(Error::Publish)?;
        Ok(())
    }
}
