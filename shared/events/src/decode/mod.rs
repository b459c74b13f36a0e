//! One decoder for every form in which an event arrives.

mod background;
mod binary;
mod body;
mod cloud_event;
mod delivery_headers;
mod media_type;
mod push;
mod structured;
mod timestamp;

use crate::{DecodeError, Envelope, MalformedEvent};
use bytes::Bytes;
use http::{HeaderMap, header::CONTENT_ENCODING};

pub(crate) use cloud_event::{MESSAGE_PUBLISHED, RESERVED_NAMES};
pub(crate) use media_type::{is_cloud_event, is_json};

/// Decodes a delivery into its events, at least one.
///
/// | form | recognised by |
/// |---|---|
/// | CloudEvents, structured or a batch of them | `Content-Type: application/cloudevents+json`, `…-batch+json` |
/// | CloudEvent, binary | the headers `ce-specversion` or `ce-type` |
/// | unwrapped push with metadata | a header `x-goog-pubsub-…` |
/// | Cloud Scheduler over HTTP | the header `X-CloudScheduler` |
/// | wrapped push | a JSON object with an object `message` |
/// | background event of Cloud Functions | a JSON object with one of Google's event types |
/// | unwrapped push | anything else that is not empty |
///
/// Eventarc's Pub/Sub events are CloudEvents around a wrapped push: the envelope
/// holds the inner message. Other data is a slice of the body, without a copy,
/// unless it is base64 or text with escapes.
///
/// An envelope never holds a credential: of the headers that are not part of the
/// event, only the trace context is copied.
///
/// An event of a batch that is malformed does not keep the others from being
/// decoded.
///
/// # Errors
/// The delivery is in none of these forms, or malformed, or compressed (nobody
/// who sends events to a function does that); the error names the faulty field.
pub fn decode(
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Vec<Result<Envelope, MalformedEvent>>, DecodeError> {
    refuse_compression(headers)?;
    let hints = HeaderHints::from_headers(headers);
    let media = media_type::of_request(headers);
    let mut events = match media_type::cloud_events_suffix(media) {
        Some("+json") => vec![Ok(structured::one(body)?)],
        Some("-batch+json") => structured::batch(body)?,
        Some(_) => {
            let reason = format!("content-type: {media} is not JSON");
            return Err(DecodeError::new("cloud event", reason));
        }
        None if hints.cloud_event => vec![Ok(binary::read(headers, body)?)],
        None if hints.pubsub || hints.scheduler => vec![Ok(Envelope {
            data: body.clone(),
            ..Envelope::default()
        })],
        None => vec![Ok(body::read(is_json(media), body)?)],
    };
    let alone = events.len() == 1;
    let mut decoded: Vec<&mut Envelope> = events.iter_mut().flatten().collect();
    if hints.pubsub || hints.scheduler {
        delivery_headers::read(headers)?.apply_to(&mut decoded, alone);
    }
    let header = headers.get("traceparent").and_then(|v| v.to_str().ok());
    for event in decoded {
        let attribute = || event.attributes.get("googclient_traceparent");
        let extension = || event.cloud_event.as_ref()?.extensions.get("traceparent");
        event.trace = header
            .or_else(|| attribute().or_else(extension).map(String::as_str))
            .map(str::to_owned);
    }
    Ok(events)
}

fn refuse_compression(headers: &HeaderMap) -> Result<(), DecodeError> {
    for value in headers.get_all(CONTENT_ENCODING) {
        let coding = delivery_headers::header_text(&CONTENT_ENCODING, value)?.trim();
        if !coding.is_empty() && !coding.eq_ignore_ascii_case("identity") {
            let reason = format!("{CONTENT_ENCODING}: {coding} is not supported, only identity");
            return Err(DecodeError::new("request headers", reason));
        }
    }
    Ok(())
}

/// What the headers tell about the form of the delivery.
#[derive(Default)]
struct HeaderHints {
    cloud_event: bool,
    pubsub: bool,
    scheduler: bool,
}

impl HeaderHints {
    fn from_headers(headers: &HeaderMap) -> Self {
        let mut hints = Self::default();
        for name in headers.keys() {
            match name.as_str() {
                "ce-specversion" | "ce-type" => hints.cloud_event = true,
                "x-cloudscheduler" => hints.scheduler = true,
                name if name.starts_with(delivery_headers::PUBSUB_PREFIX) => hints.pubsub = true,
                _ => {}
            }
        }
        hints
    }
}
