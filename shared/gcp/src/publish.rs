//! The seam that messages are published through.

use crate::{BoxFuture, Error};
use bytes::Bytes;
use names::TopicName;
use std::collections::BTreeMap;

/// A message to publish.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// The data.
    pub data: Bytes,
    /// The attributes.
    pub attributes: BTreeMap<String, String>,
}

impl Message {
    /// A message whose data is `value` as JSON.
    ///
    /// # Panics
    /// If `value` is a map with keys that are not strings: no event is.
    #[must_use]
    pub fn json(value: &impl serde::Serialize) -> Self {
        let data = serde_json::to_vec(value).expect("plain data with string keys");
        Self {
            data: data.into(),
            attributes: BTreeMap::new(),
        }
    }
}

/// Publishes messages as one identity.
pub trait Publisher: Send + Sync {
    /// Publishes `message` to `topic`; answers the message's id once Pub/Sub
    /// has stored it.
    fn publish<'a>(
        &'a self,
        topic: &'a TopicName,
        message: Message,
    ) -> BoxFuture<'a, Result<String, Error>>;
}
