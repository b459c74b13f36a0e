//! The envelope of an event, the same for every form of delivery.

use crate::DecodeError;
use bytes::Bytes;
use names::Timestamp;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// An event as a function receives it: the data and all metadata.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Envelope {
    /// The sender's id of the event, the same in every delivery: Pub/Sub's
    /// message id, else the CloudEvent's id, else the scheduled job and its
    /// time; empty if there is none.
    pub message_id: String,
    /// When the event was published, or else when it happened.
    pub publish_time: Option<Timestamp>,
    /// The data of the event, base64 decoded.
    pub data: Bytes,
    /// The attributes of the Pub/Sub message.
    pub attributes: BTreeMap<String, String>,
    /// The subscription that delivered it, `projects/{p}/subscriptions/{s}`.
    pub subscription: Option<String>,
    /// The number of this delivery attempt, from 1; Pub/Sub sends it only with a
    /// dead-letter policy.
    pub delivery_attempt: Option<u32>,
    /// The ordering key of the Pub/Sub message.
    pub ordering_key: Option<String>,
    /// The W3C `traceparent` of the request, else of the message (attribute
    /// `googclient_traceparent`), else of the CloudEvent (extension
    /// `traceparent`). Not validated.
    pub trace: Option<String>,
    /// The attributes of the CloudEvent; `None` if it was not delivered as one.
    pub cloud_event: Option<CloudEvent>,
}

/// The attributes of a CloudEvent, version 1.0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CloudEvent {
    /// Attribute `id`: unique within the source.
    pub id: String,
    /// Attribute `source`: where it happened, a URI reference.
    pub source: String,
    /// Attribute `type`: what happened, such as
    /// `google.cloud.storage.object.v1.finalized`.
    pub kind: String,
    /// Attribute `subject`: what it happened to, relative to the source.
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

impl Envelope {
    /// Parses the data as JSON.
    ///
    /// # Errors
    /// The data is not JSON of that shape. `what` describes the data in the error.
    pub fn json<T: DeserializeOwned>(&self, what: &'static str) -> Result<T, DecodeError> {
        crate::json::read(what, &self.data)
    }

    /// The last segment of the subscription name.
    #[must_use]
    pub fn subscription_id(&self) -> Option<&str> {
        self.subscription.as_deref()?.rsplit('/').next()
    }
}
