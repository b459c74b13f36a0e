//! A [`Publisher`] over the REST API.

use crate::{BoxFuture, Client, Error, Message, Publisher, methods};
use names::TopicName;

/// Publishes by REST through a [`Client`]: where no socket may be opened.
pub struct RestPublisher(Client);

impl RestPublisher {
    /// Publishes with the identity of `client`.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self(client)
    }
}

impl Publisher for RestPublisher {
    fn publish<'a>(
        &'a self,
        topic: &'a TopicName,
        message: Message,
    ) -> BoxFuture<'a, Result<String, Error>> {
        Box::pin(async move { methods::pubsub::publish(&self.0, topic, message).await })
    }
}
