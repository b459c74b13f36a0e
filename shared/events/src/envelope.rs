//! The envelope around an event, whatever form it came in.

use bytes::Bytes;
use names::Timestamp;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use thiserror::Error;

/// An event as a function receives it, with nothing dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Envelope {
    /// The sender's id of the event, the same in every delivery: Pub/Sub's
    /// message id, else the CloudEvent's id, else the scheduled job and its
    /// time; empty where the sender gives none.
    pub message_id: String,
    /// When the event was published, or happened.
    pub publish_time: Option<Timestamp>,
    /// The event's data, decoded.
    pub data: Bytes,
    /// The message's attributes.
    pub attributes: BTreeMap<String, String>,
    /// The subscription that delivered it, `projects/{p}/subscriptions/{s}`.
    pub subscription: Option<String>,
    /// How often Pub/Sub has tried, from 1; only with a dead-letter policy.
    pub delivery_attempt: Option<u32>,
    /// The message's ordering key.
    pub ordering_key: Option<String>,
    /// The W3C `traceparent` of the request, else of the message (attribute
    /// `googclient_traceparent`), else of the CloudEvent (extension
    /// `traceparent`); as it came, not checked.
    pub trace: Option<String>,
    /// What the event says of itself as a CloudEvent; `None` when it did not
    /// come as one.
    pub cloud_event: Option<CloudEvent>,
}

/// The attributes of a CloudEvent, version 1.0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CloudEvent {
    /// Attribute `id`: unique among the events of its source.
    pub id: String,
    /// Attribute `source`: where it happened, a URI reference.
    pub source: String,
    /// Attribute `type`: what happened, such as
    /// `google.cloud.storage.object.v1.finalized`.
    pub kind: String,
    /// Attribute `subject`: what it happened to, within the source.
    pub subject: Option<String>,
    /// Attribute `time`: when it happened.
    pub time: Option<Timestamp>,
    /// Attribute `datacontenttype`: the media type of the data.
    pub data_content_type: Option<String>,
    /// Attribute `dataschema`: the schema of the data, a URI.
    pub data_schema: Option<String>,
    /// All other attributes, by name; numbers and booleans as text.
    pub extensions: BTreeMap<String, String>,
}

/// A delivery or an event that cannot be read, now or ever.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what}: {fault}")]
pub struct Unreadable {
    /// What was being read ("push body", "job spec").
    pub what: &'static str,
    /// What is wrong with it and where.
    pub fault: String,
}

impl Unreadable {
    /// `what` cannot be read because of `fault`.
    pub fn new(what: &'static str, fault: impl ToString) -> Self {
        Self {
            what,
            fault: fault.to_string(),
        }
    }
}

impl Envelope {
    /// Reads the data as JSON.
    ///
    /// # Errors
    /// The data is not JSON of that shape; `what` names it in the error.
    pub fn json<T: DeserializeOwned>(&self, what: &'static str) -> Result<T, Unreadable> {
        crate::json::read(what, &self.data)
    }

    /// The last segment of the subscription's name.
    #[must_use]
    pub fn subscription_id(&self) -> Option<&str> {
        self.subscription.as_deref()?.rsplit('/').next()
    }
}
