//! Headers of a delivery whose body is the data: Pub/Sub's metadata and
//! attributes, Cloud Scheduler's job and time.

use super::timestamp;
use crate::{DecodeError, Envelope};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::collections::btree_map::Entry;

/// The prefix of the headers in which Pub/Sub writes metadata
/// (`PushConfig.NoWrapper.write_metadata`).
pub(super) const PUBSUB_PREFIX: &str = "x-goog-pubsub-";

/// What the headers say about the delivery and its message; the data is empty.
pub(super) struct DeliveryMetadata(Envelope);

pub(super) fn read(headers: &HeaderMap) -> Result<DeliveryMetadata, DecodeError> {
    const WHAT: &str = "request headers";
    let mut found = Envelope::default();
    let (mut job, mut scheduled) = (None, None);
    for (header, value) in headers {
        let name = header.as_str();
        if !is_event_header(header, value) {
            continue;
        }
        let text = header_text(header, value)?;
        match name.strip_prefix(PUBSUB_PREFIX) {
            Some("message-id") => found.message_id = text.to_owned(),
            Some("publish-time") => found.publish_time = Some(timestamp::parse(WHAT, name, text)?),
            Some("subscription-name") => {
                found.subscription = Some(text.to_owned()).filter(|name| !name.is_empty());
            }
            Some("ordering-key") => found.ordering_key = Some(text.to_owned()),
            // Not documented by Pub/Sub; adapters that unwrap messages send it.
            Some("delivery-attempt") => {
                let fault = |e| DecodeError::new(WHAT, format!("{name}: {text:?}: {e}"));
                found.delivery_attempt = Some(text.parse().map_err(fault)?);
            }
            Some(_) | None => {
                match name {
                    "x-cloudscheduler-jobname" => job = Some(text),
                    "x-cloudscheduler-scheduletime" => {
                        scheduled = Some((text, timestamp::parse(WHAT, name, text)?));
                    }
                    _ => {}
                }
                match found.attributes.entry(name.to_owned()) {
                    Entry::Vacant(entry) => {
                        entry.insert(text.to_owned());
                    }
                    // Attributes whose names differ only in case become one header.
                    Entry::Occupied(mut entry) => entry.get_mut().extend([", ", text]),
                }
            }
        }
    }
    if let Some((text, at)) = scheduled {
        found.publish_time = found.publish_time.or(Some(at));
        // The job's name alone would be the same for every run.
        if let Some(job) = job.filter(|_| found.message_id.is_empty()) {
            found.message_id = format!("{job}@{text}");
        }
    }
    found.ordering_key = found.ordering_key.filter(|key| !key.is_empty());
    Ok(DeliveryMetadata(found))
}

impl DeliveryMetadata {
    /// Adds the metadata to the events of the delivery. The message id is used
    /// only for an event that came alone, since it must be unique.
    pub(super) fn apply_to(self, events: &mut [&mut Envelope], alone: bool) {
        for event in events {
            let metadata = self.0.clone();
            if event.message_id.is_empty() || (alone && !metadata.message_id.is_empty()) {
                event.message_id = metadata.message_id;
            }
            event.publish_time = metadata.publish_time.or(event.publish_time);
            event.subscription = metadata.subscription.or_else(|| event.subscription.take());
            event.delivery_attempt = metadata.delivery_attempt.or(event.delivery_attempt);
            event.ordering_key = metadata.ordering_key.or_else(|| event.ordering_key.take());
            for (name, value) in metadata.attributes {
                event.attributes.entry(name).or_insert(value);
            }
        }
    }
}

/// Whether a header is part of the event. Pub/Sub writes every attribute as a
/// header of the same name, so every header counts except those of the request:
/// HTTP's own, those that clients, proxies and Cloud Run add, and above all
/// credentials, which must not end up in logs and dead letters. `Content-Type`
/// counts, because Google's example has an attribute of that name.
fn is_event_header(header: &HeaderName, value: &HeaderValue) -> bool {
    const NAMES: [&str; 22] = [
        "accept",
        "accept-charset",
        "accept-encoding",
        "accept-language",
        "connection",
        "content-encoding",
        "content-length",
        "expect",
        "forwarded",
        "from",
        "grpc-trace-bin",
        "host",
        "keep-alive",
        "te",
        "traceparent",
        "tracestate",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "via",
        "x-cloud-trace-context",
    ];
    // x-goog- includes the JWT assertion of Identity-Aware Proxy.
    const PREFIXES: [&str; 7] = [
        "ce-",
        "proxy-",
        "x-appengine-",
        "x-envoy-",
        "x-forwarded-",
        "x-goog-",
        "x-google-",
    ];
    let name = header.as_str();
    let secret = ["authorization", "cookie", "api-key"]
        .iter()
        .any(|secret| name.ends_with(secret));
    let of_request = || NAMES.contains(&name) || PREFIXES.iter().any(|p| name.starts_with(p));
    !secret && !value.is_sensitive() && (name.starts_with(PUBSUB_PREFIX) || !of_request())
}

/// The value of a header as UTF-8 text.
pub(super) fn header_text<'a>(
    header: &HeaderName,
    value: &'a HeaderValue,
) -> Result<&'a str, DecodeError> {
    std::str::from_utf8(value.as_bytes())
        .map_err(|e| DecodeError::new("request headers", format!("{header}: {e}")))
}
