//! Dead letters: events that can never be handled.

use crate::body::{KEPT, UnreadLength};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use events::Envelope;
use gcp::{Message, Publisher};
use http::HeaderMap;
use names::{Timestamp, TopicName};
use serde_json::json;
use std::{
    collections::BTreeMap,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};
use thiserror::Error;

/// Records undeliverable events completely, on a topic or in the log.
///
/// A record holds the event's own data and attributes (those of a CloudEvent
/// as `ce-…`), and says in attributes `groundcrew-…` why it was recorded, by
/// which function and when, and the message id, publish time, ordering key,
/// subscription, delivery attempt and trace of the original.
#[derive(Clone)]
pub struct DeadLetters(Destination);

#[derive(Clone)]
enum Destination {
    Topic(Arc<dyn Publisher>, TopicName),
    Log(Arc<Mutex<dyn Write + Send>>),
}

/// Why an event could not be recorded.
#[derive(Debug, Error)]
pub(crate) enum RecordError {
    #[error("not published as a dead letter")]
    Topic(#[from] gcp::Error),
    #[error("not written to the log")]
    Log(#[from] io::Error),
}

/// What is recorded as a dead letter.
#[derive(Clone, Copy)]
pub(crate) enum RejectedDelivery<'a> {
    Event(&'a Envelope),
    /// A body that could not be decoded, or read to its end, and the headers
    /// that it came with.
    Body(&'a HeaderMap, &'a Bytes, Option<UnreadLength>),
}

/// Why an event is recorded as a dead letter.
pub(crate) struct Cause<'a> {
    pub(crate) function: &'static str,
    pub(crate) kind: Rejection,
    pub(crate) reason: &'a str,
    pub(crate) now: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rejection {
    Unreadable,
    UnknownTrigger,
    Denied,
    Invalid,
    Permanent,
    TooLong,
}

impl Rejection {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::UnknownTrigger => "unknown-trigger",
            Self::Denied => "denied",
            Self::Invalid => "invalid",
            Self::Permanent => "permanent",
            Self::TooLong => "too-long",
        }
    }
}

/// Pub/Sub's limits on a message: 100 attributes, values of 1,024 bytes.
const MAX_ATTRIBUTES: usize = 100;
const MAX_VALUE: usize = 1024;
/// In base64, with the rest of its line, below Cloud Logging's 256 KiB.
const CHUNK_SIZE: usize = 128 << 10;

impl DeadLetters {
    /// Records on `topic` through `publisher`.
    #[must_use]
    pub fn new(publisher: Arc<dyn Publisher>, topic: TopicName) -> Self {
        Self(Destination::Topic(publisher, topic))
    }

    /// Records as lines of JSON on `out`, for Cloud Logging, whatever the log
    /// filter. The field `record.data` of a record's lines, each decoded from
    /// base64 and put together, is a message as `topics.publish` takes it.
    #[must_use]
    pub fn log(out: impl Write + Send + 'static) -> Self {
        Self(Destination::Log(Arc::new(Mutex::new(out))))
    }

    pub(crate) async fn record(
        &self,
        record: RejectedDelivery<'_>,
        cause: &Cause<'_>,
    ) -> Result<(), RecordError> {
        let (data, about) = match record {
            RejectedDelivery::Event(envelope) => (&envelope.data, event_attributes(envelope)),
            RejectedDelivery::Body(headers, body, length) => {
                (body, request_attributes(headers, body, length))
            }
        };
        let mut message = Message {
            data: data.clone(),
            attributes: attributes(about, cause),
        };
        match &self.0 {
            Destination::Topic(publisher, topic) => {
                if let RejectedDelivery::Body(..) = record {
                    message.data.truncate(KEPT);
                }
                publisher.publish(topic, message).await?;
            }
            Destination::Log(out) => {
                let lines = lines(&message, cause);
                let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
                out.write_all(lines.as_bytes())?;
                out.flush()?;
            }
        }
        Ok(())
    }
}

/// Attributes about the event, and the event's own attributes.
type OriginalAttributes = (
    Vec<(&'static str, Option<String>)>,
    BTreeMap<String, String>,
);

fn event_attributes(envelope: &Envelope) -> OriginalAttributes {
    let time = |time: Option<Timestamp>| time.map(|t| t.to_string());
    let about = vec![
        ("message-id", Some(envelope.message_id.clone())),
        ("publish-time", time(envelope.publish_time)),
        ("subscription", envelope.subscription.clone()),
        ("ordering-key", envelope.ordering_key.clone()),
        (
            "delivery-attempt",
            envelope.delivery_attempt.map(|n| n.to_string()),
        ),
        ("trace", envelope.trace.clone()),
    ];
    let mut own = envelope.attributes.clone();
    if let Some(event) = &envelope.cloud_event {
        // CloudEvents, protocol binding for Pub/Sub.
        let attributes = [
            ("ce-specversion", Some("1.0".to_owned())),
            ("ce-id", Some(event.id.clone())),
            ("ce-source", Some(event.source.clone())),
            ("ce-type", Some(event.kind.clone())),
            ("ce-subject", event.subject.clone()),
            ("ce-time", time(event.time)),
            ("ce-dataschema", event.data_schema.clone()),
            ("content-type", event.data_content_type.clone()),
        ];
        let attributes = attributes.into_iter();
        own.extend(attributes.filter_map(|(name, value)| Some((name.to_owned(), value?))));
        let extensions = event.extensions.iter();
        own.extend(extensions.map(|(name, value)| (format!("ce-{name}"), value.clone())));
    }
    (about, own)
}

/// The headers that say something about an event; never a token.
fn request_attributes(
    headers: &HeaderMap,
    body: &Bytes,
    length: Option<UnreadLength>,
) -> OriginalAttributes {
    let length = length.map_or_else(|| body.len().to_string(), |length| length.to_string());
    let own = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str();
        let about = name.starts_with("ce-") || name.starts_with("x-goog-pubsub-");
        let about = about || ["content-type", "content-encoding"].contains(&name);
        let value = about.then_some(value)?;
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        Some((name.to_owned(), value))
    });
    (vec![("length", Some(length))], own.collect())
}

fn attributes((about, own): OriginalAttributes, cause: &Cause<'_>) -> BTreeMap<String, String> {
    let cause_attributes = [
        ("function", Some(cause.function.to_owned())),
        ("cause", Some(cause.kind.name().to_owned())),
        ("reason", Some(cause.reason.to_owned())),
        ("recorded-at", Some(cause.now.to_string())),
    ];
    let mut all: BTreeMap<_, _> = cause_attributes
        .into_iter()
        .chain(about)
        .filter_map(|(name, value)| Some((format!("groundcrew-{name}"), value?)))
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name, truncate(value)))
        .collect();
    for (name, value) in own {
        // Publishers may not use names that begin with goog.
        let name = match name.strip_prefix("goog") {
            Some(_) => format!("original-{name}"),
            None => name,
        };
        if all.len() < MAX_ATTRIBUTES {
            all.entry(name).or_insert_with(|| truncate(value));
        }
    }
    all
}

fn truncate(mut value: String) -> String {
    value.truncate(value.floor_char_boundary(MAX_VALUE));
    value
}

/// The record in lines for Cloud Logging.
fn lines(message: &Message, cause: &Cause<'_>) -> String {
    let whole = json!({
        "data": STANDARD.encode(&message.data), "attributes": message.attributes,
    })
    .to_string();
    let id = message.attributes.get("groundcrew-message-id");
    let pieces: Vec<&[u8]> = whole.as_bytes().chunks(CHUNK_SIZE).collect();
    let reason = truncate(cause.reason.to_owned());
    let mut lines = String::new();
    for (i, piece) in pieces.iter().enumerate() {
        let (part, parts) = (i + 1, pieces.len());
        let line = json!({
            "severity": "WARNING",
            "timestamp": cause.now,
            "message": format!("dead letter, part {part} of {parts}: {reason}"),
            "logging.googleapis.com/labels": { "function": cause.function },
            "record.cause": cause.kind.name(),
            "record.id": id,
            "record.part": part,
            "record.parts": parts,
            "record.data": STANDARD.encode(piece),
        });
        lines.push_str(&line.to_string());
        lines.push('\n');
    }
    lines
}

#[cfg(test)]
#[path = "dead_letters_tests.rs"]
mod tests;
