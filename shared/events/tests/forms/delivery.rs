//! Deliveries as text, and the properties that every delivery must have.
//!
//! A delivery is written as in HTTP: `name: value` lines, an empty line, the
//! body. The fuzz target shares this file.

use bytes::Bytes;
use events::{
    AuditEntry, Build, DecodeError, Envelope, JobChanged, JobQueued, MaintenanceNoticed,
    MalformedEvent, ProductRequested, ProjectProvisioned, Tick, decode, encode,
};
use http::{HeaderMap, HeaderName, HeaderValue};

/// Parses a delivery. Lines that are not legal headers are skipped.
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

/// How many events of a delivery were decoded, encoded again and typed.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Counts {
    pub(crate) decoded: usize,
    pub(crate) encoded: usize,
    pub(crate) typed: usize,
}

/// Decodes a delivery, parses its payloads and encodes its events again. Checks
/// that errors have a reason and that encoded events decode to the same.
pub(crate) fn check(headers: &HeaderMap, body: &Bytes) -> Counts {
    let mut counts = Counts::default();
    let events = match decode(headers, body) {
        Ok(events) => events,
        Err(DecodeError { what, reason }) => {
            assert!(!what.is_empty() && !reason.is_empty());
            return counts;
        }
    };
    assert!(!events.is_empty(), "neither an event nor an error");
    for event in &events {
        let event = match event {
            Ok(event) => event,
            Err(MalformedEvent { error, text }) => {
                assert!(!error.reason.is_empty() && body.windows(text.len()).any(|w| w == text));
                continue;
            }
        };
        counts.decoded += 1;
        counts.typed += usize::from(types(event));
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
            counts.encoded += 1;
            assert_eq!(decode(&headers, &body), Ok(vec![Ok(expected.clone())]));
        }
        let text = encode::structured(event).expect("what was read can be written");
        let mut headers = HeaderMap::new();
        let media = HeaderValue::from_static("application/cloudevents+json");
        headers.insert("content-type", media);
        assert_eq!(decode(&headers, &text.into()), Ok(vec![Ok(expected)]));
    }
    counts
}

/// The envelope that is left after encoding as a CloudEvent and decoding again.
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

/// Whether the event parses as any payload except a tick, which always parses, and a
/// product's, as which any object does.
fn types(event: &Envelope) -> bool {
    let _always = Tick::try_from(event).expect("everything is a tick");
    let _any_object = ProductRequested::try_from(event);
    let job = JobQueued::try_from(event).is_ok_and(|job| job.spec.is_ok());
    job | Build::try_from(event).is_ok()
        | AuditEntry::try_from(event).is_ok()
        | MaintenanceNoticed::try_from(event).is_ok()
        | ProjectProvisioned::try_from(event).is_ok()
        | event.json::<JobChanged>("job change").is_ok()
}
