//! One decoder for every form in which an event arrives.

mod binary;
mod body;
mod carrier;
mod cloud_event;
mod legacy;
mod push;
mod structured;

use crate::{Envelope, Unreadable};
use bytes::Bytes;
use http::{HeaderMap, header::CONTENT_TYPE};
use names::Timestamp;

pub(crate) use cloud_event::{MESSAGE_PUBLISHED, NAMES};

/// Reads a delivery: the events in it, at least one.
///
/// | form | known by |
/// |---|---|
/// | CloudEvents, structured or a batch of them | `Content-Type: application/cloudevents+json`, `…-batch+json` |
/// | CloudEvent, binary | the headers `ce-specversion` or `ce-type` |
/// | unwrapped push with metadata | a header `x-goog-pubsub-…` |
/// | Cloud Scheduler over HTTP | the header `X-CloudScheduler` |
/// | wrapped push | an object whose `message` is one too |
/// | background event of Cloud Functions | an object with one of their event types |
/// | unwrapped push | anything else that is not empty |
///
/// Eventarc's Pub/Sub events are CloudEvents around a wrapped push: the message
/// is taken out. Other data is a slice of the body and not a copy, unless it is
/// base64 or a text with escapes.
///
/// No envelope holds a credential: of the headers that are no part of the event,
/// none but the trace is taken.
///
/// # Errors
/// The delivery is in none of the forms, or broken; the error says where.
pub fn decode(headers: &HeaderMap, body: &Bytes) -> Result<Vec<Envelope>, Unreadable> {
    let signs = Signs::of(headers);
    let media = media_type(headers);
    let mut events = match cloud_events(media) {
        Some("+json") => vec![structured::one(body)?],
        Some("-batch+json") => structured::batch(body)?,
        Some(_) => {
            let fault = format!("content-type: {media} is not JSON");
            return Err(Unreadable::new("cloud event", fault));
        }
        None if signs.cloud_event => vec![binary::read(headers, body)?],
        None if signs.pubsub || signs.scheduler => vec![Envelope {
            data: body.clone(),
            ..Envelope::default()
        }],
        None => vec![body::read(is_json(media), body)?],
    };
    if signs.pubsub || signs.scheduler {
        carrier::read(headers)?.carry(&mut events);
    }
    let header = headers.get("traceparent").and_then(|v| v.to_str().ok());
    for event in &mut events {
        let attribute = || event.attributes.get("googclient_traceparent");
        let extension = || event.cloud_event.as_ref()?.extensions.get("traceparent");
        event.trace = header
            .or_else(|| attribute().or_else(extension).map(String::as_str))
            .map(str::to_owned);
    }
    Ok(events)
}

/// What the headers say of the form.
#[derive(Default)]
struct Signs {
    cloud_event: bool,
    pubsub: bool,
    scheduler: bool,
}

impl Signs {
    fn of(headers: &HeaderMap) -> Self {
        let mut signs = Self::default();
        for name in headers.keys() {
            match name.as_str() {
                "ce-specversion" | "ce-type" => signs.cloud_event = true,
                "x-cloudscheduler" => signs.scheduler = true,
                name if name.starts_with(carrier::PUBSUB) => signs.pubsub = true,
                _ => {}
            }
        }
        signs
    }
}

fn media_type(headers: &HeaderMap) -> &str {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split(';').next())
        .map(str::trim)
        .unwrap_or_default()
}

/// What follows `application/cloudevents`, in lower case where it is known.
fn cloud_events(media: &str) -> Option<&str> {
    const TREE: &str = "application/cloudevents";
    let (tree, rest) = media.split_at_checked(TREE.len())?;
    if !tree.eq_ignore_ascii_case(TREE) || !(rest.is_empty() || rest.starts_with(['+', '-'])) {
        return None;
    }
    let known = ["+json", "-batch+json"];
    let known = known.iter().find(|known| known.eq_ignore_ascii_case(rest));
    Some(known.unwrap_or(&rest))
}

/// Whether this is the media type of a CloudEvent, or of several.
pub(crate) fn is_cloud_event(media: &str) -> bool {
    let media = media.split(';').next().unwrap_or_default();
    cloud_events(media.trim()).is_some()
}

/// Whether data of this media type is JSON (RFC 6839: also a suffix).
pub(crate) fn is_json(media: &str) -> bool {
    let media = media.split(';').next().unwrap_or_default().trim();
    let sub = media.rsplit(['/', '+']).next().unwrap_or_default();
    sub.eq_ignore_ascii_case("json")
}

fn time(what: &'static str, place: &str, text: &str) -> Result<Timestamp, Unreadable> {
    text.parse()
        .map_err(|e| Unreadable::new(what, format!("{place}: {e}")))
}
