//! Deliveries as text, and what must hold of each, whatever is in it.
//!
//! A delivery is written as in HTTP: `name: value` lines, an empty line, the
//! body. The fuzz target shares this file.

use bytes::Bytes;
use events::{
    AuditEntry, Build, DecodeError, Envelope, JobChanged, JobQueued, MaintenanceNoticed, Tick,
    decode, encode,
};
use http::{HeaderMap, HeaderName, HeaderValue};

/// Reads a delivery; a line that is no legal header is passed over.
pub(crate) fn read(text: &[u8]) -> (HeaderMap, Bytes) {
    let mut headers = HeaderMap::new();
    let mut rest = text;
    while let Some(end) = rest.iter().position(|b| *b == b'\n') {
        let line = &rest[..end];
        rest = &rest[end + 1..];
        if line.is_empty() {
            break;
        }
        let Some(colon) = line.iter().position(|b| *b == b':') else {
            continue;
        };
        let name = HeaderName::from_bytes(&line[..colon]);
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            let _full = headers.try_append(name, value);
        }
    }
    (headers, Bytes::copy_from_slice(rest))
}

/// How a delivery was read.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) decoded: usize,
    pub(crate) written: usize,
    pub(crate) typed: usize,
}

/// Decodes, types and writes back. Nothing panics; an error says something; what
/// was read is read again from what is written.
pub(crate) fn check(headers: &HeaderMap, body: &Bytes) -> Seen {
    let mut seen = Seen::default();
    let events = match decode(headers, body) {
        Ok(events) => events,
        Err(DecodeError { what, reason }) => {
            assert!(!what.is_empty() && !reason.is_empty());
            return seen;
        }
    };
    assert!(!events.is_empty(), "neither an event nor an error");
    for event in &events {
        seen.decoded += 1;
        seen.typed += usize::from(types(event));
        // In the body, a message may have an attribute of that name.
        if !body.contains(&b'"') {
            let mut names = event.attributes.keys();
            assert!(names.all(|name| !name.ends_with("authorization")));
        }
        let Some(expected) = as_written(event) else {
            assert_eq!(
                encode::binary(event),
                Err(encode::EncodeError::NoCloudEvent)
            );
            continue;
        };
        if let Ok((headers, body)) = encode::binary(event) {
            seen.written += 1;
            assert_eq!(decode(&headers, &body), Ok(vec![expected.clone()]));
        }
        let text = encode::structured(event).expect("what was read can be written");
        let mut headers = HeaderMap::new();
        let media = HeaderValue::from_static("application/cloudevents+json");
        headers.insert("content-type", media);
        assert_eq!(decode(&headers, &text.into()), Ok(vec![expected]));
    }
    seen
}

/// What a CloudEvent keeps of an envelope.
fn as_written(event: &Envelope) -> Option<Envelope> {
    let about = event.cloud_event.clone()?;
    let mut kept = if about.kind == "google.cloud.pubsub.topic.v1.messagePublished" {
        event.clone()
    } else {
        Envelope {
            message_id: about.id.clone(),
            publish_time: about.time,
            data: event.data.clone(),
            ..Envelope::default()
        }
    };
    let attribute = kept.attributes.get("googclient_traceparent");
    kept.trace = attribute
        .or_else(|| about.extensions.get("traceparent"))
        .cloned();
    kept.publish_time = kept.publish_time.or(about.time);
    kept.cloud_event = Some(about);
    Some(kept)
}

/// Whether any payload but a tick, which everything is, can be read.
fn types(event: &Envelope) -> bool {
    let _always = Tick::try_from(event).expect("everything is a tick");
    let job = JobQueued::try_from(event).is_ok_and(|job| job.spec.is_ok());
    job | Build::try_from(event).is_ok()
        | AuditEntry::try_from(event).is_ok()
        | MaintenanceNoticed::try_from(event).is_ok()
        | event.json::<JobChanged>("job change").is_ok()
}
