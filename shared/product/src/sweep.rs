//! The sweep: publishes an event for each overdue product. It decides nothing and
//! changes no cloud resource.

use crate::{Error, Product};
use events::ProductRequested;
use gcp::{Message, Publisher, Request, methods::pubsub::publish_request};
use ledger::Ledger;
use names::{DatabaseName, Timestamp, TopicName};
use std::sync::Arc;

/// The sweep over products.
pub struct Sweep {
    ledger: Ledger,
    publisher: Arc<dyn Publisher>,
    topic: TopicName,
}

impl Sweep {
    /// A sweep over the products in `ledger` that publishes to `topic`
    /// (`product-requested`).
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

    /// Publishes one event for each product that is due at `now`; answers with
    /// their number.
    ///
    /// # Errors
    /// The ledger could not be read, or an event not published; the next tick
    /// tries again.
    pub async fn run(&self, now: Timestamp) -> Result<usize, Error> {
        let due = self.ledger.due::<Product>(now).await?;
        let overdue = due.len();
        for product in due {
            let message = Message::json(&ProductRequested::Overdue { product });
            let published = self.publisher.publish(&self.topic, message).await;
            published.map_err(Error::Publish)?;
        }
        Ok(overdue)
    }
}
