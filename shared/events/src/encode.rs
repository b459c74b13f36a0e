//! Events on their way out, as CloudEvents.

use crate::{
    CloudEvent, Envelope,
    decode::{MESSAGE_PUBLISHED, NAMES, is_cloud_event, is_json},
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

/// An envelope that cannot be written as a CloudEvent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unwritable {
    /// It holds none.
    #[error("the envelope holds no CloudEvent")]
    NoCloudEvent,
    /// An extension's name is an attribute's own, or no legal header.
    #[error("{0:?} cannot be an extension's name")]
    Name(String),
    /// There are more extensions than a request can have headers.
    #[error("there are too many extensions")]
    TooMany,
    /// The data's media type is no legal header, or would itself be taken for
    /// that of a CloudEvent.
    #[error("{0:?} cannot be the data's media type")]
    MediaType(String),
}

/// Writes an event in binary form: the attributes as headers, the data as body
/// (CloudEvents, HTTP protocol binding, 3.1). The data of a Pub/Sub event is the
/// message again, as Eventarc sends it.
///
/// # Errors
/// The envelope holds no CloudEvent, or one that headers cannot carry.
pub fn binary(envelope: &Envelope) -> Result<(HeaderMap, Bytes), Unwritable> {
    let event = event(envelope)?;
    let mut headers = HeaderMap::new();
    for (name, value) in attributes(event) {
        let illegal = || Unwritable::Name(name.to_owned());
        // Upper case would not come back.
        if name.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(illegal());
        }
        let header = HeaderName::from_bytes(format!("ce-{name}").as_bytes());
        let value = utf8_percent_encode(&value, ESCAPED).to_string();
        let value = HeaderValue::try_from(value).map_err(|_| illegal())?;
        headers
            .try_insert(header.map_err(|_| illegal())?, value)
            .map_err(|_| Unwritable::TooMany)?;
    }
    if let Some(media) = &event.data_content_type {
        let illegal = || Unwritable::MediaType(media.clone());
        if is_cloud_event(media) {
            return Err(illegal());
        }
        let value = HeaderValue::try_from(media).map_err(|_| illegal())?;
        headers
            .try_insert(CONTENT_TYPE, value)
            .map_err(|_| Unwritable::TooMany)?;
    }
    Ok((headers, data(envelope, event)))
}

/// Writes an event in structured form: one JSON object, of the media type
/// `application/cloudevents+json` (CloudEvents, JSON event format).
///
/// # Errors
/// The envelope holds no CloudEvent, or one with an illegal extension.
pub fn structured(envelope: &Envelope) -> Result<Vec<u8>, Unwritable> {
    #[derive(Serialize)]
    #[serde(untagged)]
    enum Data<'a> {
        Json(&'a RawValue),
        Text(&'a str),
    }
    #[derive(Serialize)]
    struct Structured<'a> {
        #[serde(flatten)]
        attributes: BTreeMap<&'a str, String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        datacontenttype: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<Data<'a>>,
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
            // White space around it would be lost.
            .filter(|raw| raw.get().len() == bytes.len())
            .map(Data::Json)
    } else {
        std::str::from_utf8(&bytes).ok().map(Data::Text)
    };
    let whole = Structured {
        attributes: attributes(event).collect(),
        datacontenttype: media,
        data_base64: (data.is_none() && !bytes.is_empty()).then(|| STANDARD.encode(&bytes)),
        data,
    };
    Ok(serde_json::to_vec(&whole).expect("strings as keys, and nothing that can fail"))
}

/// What the HTTP binding wants escaped: all but visible ASCII, and `"`, `%`.
const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%');

fn event(envelope: &Envelope) -> Result<&CloudEvent, Unwritable> {
    let event = envelope.cloud_event.as_ref();
    let event = event.ok_or(Unwritable::NoCloudEvent)?;
    match event
        .extensions
        .keys()
        .find(|name| NAMES.contains(&name.as_str()))
    {
        Some(name) => Err(Unwritable::Name(name.clone())),
        None => Ok(event),
    }
}

/// All attributes but the data's media type.
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
        push(envelope)
    } else {
        envelope.data.clone()
    }
}

/// The message in its wrapper.
fn push(envelope: &Envelope) -> Bytes {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Push<'a> {
        message: Message<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        subscription: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        delivery_attempt: Option<u32>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Message<'a> {
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
    let push = Push {
        message: Message {
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
