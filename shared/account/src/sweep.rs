//! The sweep: publishes which projects are overdue. It decides nothing and
//! touches no cloud resource.

use crate::{Deployments, Error};
use events::ProjectProvisioned;
use gcp::{Message, Publisher};
use names::{Timestamp, TopicName};
use std::sync::Arc;

/// The sweep over deployments, as one identity.
pub struct Sweep {
    deployments: Deployments,
    publisher: Arc<dyn Publisher>,
    topic: TopicName,
}

impl Sweep {
    /// The sweep over `deployments`; `topic` is that of `project-provisioned`.
    #[must_use]
    pub fn new(deployments: Deployments, publisher: Arc<dyn Publisher>, topic: TopicName) -> Self {
        Self {
            deployments,
            publisher,
            topic,
        }
    }

    /// Publishes one event for each project that is due at `now`, and answers
    /// how many those are.
    ///
    /// # Errors
    /// The ledger could not be read or an event not be published; the next
    /// tick does it again.
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
