//! The sweep: publishes an event for each overdue project. It decides nothing
//! and changes no cloud resource.

use crate::{Deployments, Error};
use events::ProjectProvisioned;
use gcp::{Message, Publisher, Request, methods::pubsub::publish_request};
use ledger::Ledger;
use names::{DatabaseName, Timestamp, TopicName};
use std::sync::Arc;

/// The sweep over deployments.
pub struct Sweep {
    deployments: Deployments,
    publisher: Arc<dyn Publisher>,
    topic: TopicName,
}

impl Sweep {
    /// A sweep over `deployments` that publishes to `topic`
    /// (`project-provisioned`).
    #[must_use]
    pub fn new(deployments: Deployments, publisher: Arc<dyn Publisher>, topic: TopicName) -> Self {
        Self {
            deployments,
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

    /// Publishes one event for each project that is due at `now`; answers with
    /// their number.
    ///
    /// # Errors
    /// The ledger could not be read, or an event not published; the next tick
    /// tries again.
    pub async fn run(&self, now: Timestamp) -> Result<usize, Error> {
        let mut overdue = 0;
        for project in self.deployments.due(now).await? {
            let message = Message::json(&ProjectProvisioned::Overdue { project });
            let published = self.publisher.publish(&self.topic, message).await;
            published.map_err(Error::Publish)?;
            overdue += 1;
        }
        Ok(overdue)
    }
}
