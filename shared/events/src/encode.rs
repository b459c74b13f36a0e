//! Encodes events as CloudEvents.

use crate::{
    CloudEvent, Envelope,
    decode::{MESSAGE_PUBLISHED, RESERVED_NAMES, is_cloud_event, is_json},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header::CONTENT_TYPE};
use names::Timestamp;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use thiserror::Error;

/// Why an envelope cannot be encoded as a CloudEvent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EncodeError {
    /// The envelope's `cloud_event` is `None`.
    #[error("the envelope holds no CloudEvent")]
    NoCloudEvent,
    /// The name of an extension is reserved, or not legal in a header.
    #[error("{0:?} cannot be an extension's name")]
    ExtensionName(String),
    /// There are more extensions than a request can have headers.
    #[error("too many extensions")]
    TooManyExtensions,
    /// The media type of the data is not legal in a header, or is that of a
    /// CloudEvent itself.
    #[error("{0:?} cannot be the data's media type")]
    MediaType(String),
}

/// Encodes an event in binary content mode: the attributes as headers, the data
/// as body (CloudEvents, HTTP protocol binding, 3.1). The data of a Pub/Sub event
/// is the wrapped message, as Eventarc sends it.
///
/// # Errors
/// The envelope holds no CloudEvent, or one that does not fit in headers.
pub fn binary(envelope: &Envelope) -> Result<(HeaderMap, Bytes), EncodeError> {
    let event = event(envelope)?;
    let mut headers = HeaderMap::new();
    for (name, value) in attributes(event) {
        let illegal = || EncodeError::ExtensionName(name.to_owned());
        // HTTP would turn upper case into lower case.
        if name.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(illegal());
        }
        let header = HeaderName::from_bytes(format!("ce-{name}").as_bytes());
        let value = utf8_percent_encode(&value, ESCAPED).to_string();
        let value = HeaderValue::try_from(value).map_err(|_| illegal())?;
        headers
            .try_insert(header.map_err(|_| illegal())?, value)
            .map_err(|_| EncodeError::TooManyExtensions)?;
    }
    if let Some(media) = &event.data_content_type {
        let illegal = || EncodeError::MediaType(media.clone());
        if is_cloud_event(media) {
            return Err(illegal());
        }
        let value = HeaderValue::try_from(media).map_err(|_| illegal())?;
        headers
            .try_insert(CONTENT_TYPE, value)
            .map_err(|_| EncodeError::TooManyExtensions)?;
    }
    Ok((headers, data(envelope, event)))
}

/// Encodes an event in structured content mode: one JSON object, with the media
/// type `application/cloudevents+json` (CloudEvents, JSON event format).
///
/// # Errors
/// The envelope holds no CloudEvent, or one with an illegal extension.
pub fn structured(envelope: &Envelope) -> Result<Vec<u8>, EncodeError> {
    #[derive(Serialize)]
    #[serde(untagged)]
    enum StructuredData<'a> {
        Json(&'a RawValue),
        Text(&'a str),
    }
    #[derive(Serialize)]
    struct StructuredEvent<'a> {
        #[serde(flatten)]
        attributes: BTreeMap<&'a str, String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        datacontenttype: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<StructuredData<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        data_base64: Option<String>,
    }
    let event = event(envelope)?;
    let bytes = data(envelope, event);
    let media = event.data_content_type.as_deref();
    let data = if bytes.is_empty() {
        None
    } else if media.is_none_or(is_json) {
        serde_json::from_slice::<&RawValue>(&bytes)
            .ok()
            // White space around the value would be lost.
            .filter(|raw| raw.get().len() == bytes.len())
            .map(StructuredData::Json)
    } else {
        std::str::from_utf8(&bytes).ok().map(StructuredData::Text)
    };
    let whole = StructuredEvent {
        attributes: attributes(event).collect(),
        datacontenttype: media,
        data_base64: (data.is_none() && !bytes.is_empty()).then(|| STANDARD.encode(&bytes)),
        data,
    };
    Ok(serde_json::to_vec(&whole).expect("strings as keys, and nothing that can fail"))
}

/// The characters that the HTTP binding escapes: all except visible ASCII, and
/// `"` and `%`.
const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%');

fn event(envelope: &Envelope) -> Result<&CloudEvent, EncodeError> {
    let event = envelope.cloud_event.as_ref();
    let event = event.ok_or(EncodeError::NoCloudEvent)?;
    match event
        .extensions
        .keys()
        .find(|name| RESERVED_NAMES.contains(&name.as_str()))
    {
        Some(name) => Err(EncodeError::ExtensionName(name.clone())),
        None => Ok(event),
    }
}

/// All attributes except `datacontenttype`.
fn attributes(event: &CloudEvent) -> impl Iterator<Item = (&str, String)> {
    let own = [
        ("specversion", Some("1.0".to_owned())),
        ("id", Some(event.id.clone())),
        ("source", Some(event.source.clone())),
        ("type", Some(event.kind.clone())),
        ("subject", event.subject.clone()),
        ("time", event.time.map(|at| at.to_string())),
        ("dataschema", event.data_schema.clone()),
    ];
    let extensions = event.extensions.iter();
    own.into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .chain(extensions.map(|(name, value)| (name.as_str(), value.clone())))
}

fn data(envelope: &Envelope, event: &CloudEvent) -> Bytes {
    if event.kind == MESSAGE_PUBLISHED {
        wrapped_push(envelope)
    } else {
        envelope.data.clone()
    }
}

/// The body of a wrapped push with the envelope's message.
fn wrapped_push(envelope: &Envelope) -> Bytes {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct OutgoingPush<'a> {
        message: OutgoingMessage<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        subscription: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        delivery_attempt: Option<u32>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct OutgoingMessage<'a> {
        #[serde(rename = "@type")]
        kind: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<String>,
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        attributes: &'a BTreeMap<String, String>,
        message_id: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        publish_time: Option<Timestamp>,
        #[serde(skip_serializing_if = "Option::is_none")]
        ordering_key: Option<&'a str>,
    }
    let attributes = &envelope.attributes;
    let has_data = !envelope.data.is_empty() || attributes.is_empty();
    let push = OutgoingPush {
        message: OutgoingMessage {
            kind: "type.googleapis.com/google.pubsub.v1.PubsubMessage",
            data: has_data.then(|| STANDARD.encode(&envelope.data)),
            attributes,
            message_id: &envelope.message_id,
            publish_time: envelope.publish_time,
            ordering_key: envelope.ordering_key.as_deref(),
        },
        subscription: envelope.subscription.as_deref(),
        delivery_attempt: envelope.delivery_attempt,
    };
    let text = serde_json::to_vec(&push).expect("strings as keys, and nothing that can fail");
    text.into()
}
