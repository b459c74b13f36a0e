//! Where events go that can never be handled.

use bytes::Bytes;
use events::Envelope;
use gcp::{Message, Publisher};
use names::{Timestamp, TopicName};
use std::{collections::BTreeMap, sync::Arc};

/// The topic on which undeliverable events are recorded, whole.
///
/// A record holds the event's own data and attributes, and says in attributes
/// `groundcrew-…` why it was recorded, by which function and when, and the
/// message id, publish time, ordering key and subscription of the original.
#[derive(Clone)]
pub struct DeadLetters {
    publisher: Arc<dyn Publisher>,
    topic: TopicName,
}

/// Why an event is recorded.
pub(crate) struct Cause<'a> {
    pub(crate) function: &'static str,
    /// `unreadable`, `denied` or `invalid`.
    pub(crate) kind: &'static str,
    pub(crate) reason: &'a str,
    pub(crate) now: Timestamp,
}

/// Pub/Sub's limits on a message: 100 attributes, values of 1,024 bytes.
const ATTRIBUTES: usize = 100;
const VALUE: usize = 1024;
/// In base64 this still fits in the 10 MB of a publish request.
const RAW: usize = 7 << 20;

impl DeadLetters {
    /// Records on `topic` through `publisher`.
    #[must_use]
    pub fn new(publisher: Arc<dyn Publisher>, topic: TopicName) -> Self {
        Self { publisher, topic }
    }

    /// Records an event that was decoded.
    pub(crate) async fn bury(
        &self,
        envelope: &Envelope,
        cause: &Cause<'_>,
    ) -> Result<(), gcp::Error> {
        self.publish(envelope.data.clone().into(), attributes(envelope, cause))
            .await
    }

    /// Records a body that could not be decoded, cut to 7 MiB (Pub/Sub sends
    /// none that long).
    pub(crate) async fn bury_raw(&self, body: &Bytes, cause: &Cause<'_>) -> Result<(), gcp::Error> {
        let body = body.slice(..body.len().min(RAW));
        self.publish(body, attributes(&Envelope::default(), cause))
            .await
    }

    async fn publish(
        &self,
        data: Bytes,
        attributes: BTreeMap<String, String>,
    ) -> Result<(), gcp::Error> {
        let message = Message { data, attributes };
        self.publisher.publish(&self.topic, message).await?;
        Ok(())
    }
}

fn attributes(envelope: &Envelope, cause: &Cause<'_>) -> BTreeMap<String, String> {
    let own = [
        ("function", Some(cause.function.to_owned())),
        ("cause", Some(cause.kind.to_owned())),
        ("reason", Some(cause.reason.to_owned())),
        ("recorded-at", Some(cause.now.to_string())),
        ("message-id", Some(envelope.message_id.clone())),
        ("publish-time", envelope.publish_time.map(|t| t.to_string())),
        ("subscription", envelope.subscription.clone()),
        ("ordering-key", envelope.ordering_key.clone()),
    ];
    let mut all: BTreeMap<_, _> = own
        .into_iter()
        .filter_map(|(name, value)| Some((format!("groundcrew-{name}"), value?)))
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, mut value)| {
            value.truncate(value.floor_char_boundary(VALUE));
            (name, value)
        })
        .collect();
    for (name, value) in &envelope.attributes {
        // Publishers may not use names that begin with goog.
        let name = match name.strip_prefix("goog") {
            Some(_) => format!("original-{name}"),
            None => name.clone(),
        };
        if all.len() < ATTRIBUTES {
            all.entry(name).or_insert_with(|| value.clone());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_stays_within_the_limits_of_pubsub() {
        let mut envelope = Envelope {
            message_id: "7".into(),
            ..Envelope::default()
        };
        for i in 0..120 {
            envelope.attributes.insert(format!("a{i:03}"), "v".into());
        }
        envelope
            .attributes
            .insert("googclient_traceparent".into(), "t".into());
        let cause = Cause {
            function: "hello",
            kind: "invalid",
            reason: &"§".repeat(2000),
            now: Timestamp::from_seconds(0),
        };
        let all = attributes(&envelope, &cause);
        assert_eq!(all.len(), 100);
        assert_eq!(all["groundcrew-message-id"], "7");
        assert_eq!(all["a000"], "v");
        assert!(all.values().all(|value| value.len() <= 1024));
        assert!(all.keys().all(|name| !name.starts_with("goog")));

        envelope
            .attributes
            .retain(|name, _| name.starts_with("goog"));
        let all = attributes(&envelope, &cause);
        assert_eq!(all["original-googclient_traceparent"], "t");
    }
}
