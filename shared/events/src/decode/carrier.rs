//! What the headers say when the body is the data: Pub/Sub's metadata and
//! attributes, Cloud Scheduler's job and time.

use super::time;
use crate::{Envelope, Unreadable};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::collections::btree_map::Entry;

/// The prefix of the headers in which Pub/Sub writes metadata
/// (`PushConfig.NoWrapper.write_metadata`).
pub(super) const PUBSUB: &str = "x-goog-pubsub-";

/// Who brought the events.
pub(super) struct Carrier(Envelope);

pub(super) fn read(headers: &HeaderMap) -> Result<Carrier, Unreadable> {
    const WHAT: &str = "request headers";
    let mut found = Envelope::default();
    let (mut job, mut scheduled) = (None, None);
    for (header, value) in headers {
        let name = header.as_str();
        if !belongs(header, value) {
            continue;
        }
        let text = text(header, value)?;
        match name.strip_prefix(PUBSUB) {
            Some("message-id") => found.message_id = text.to_owned(),
            Some("publish-time") => found.publish_time = Some(time(WHAT, name, text)?),
            Some("subscription-name") => {
                found.subscription = Some(text.to_owned()).filter(|name| !name.is_empty());
            }
            Some("ordering-key") => found.ordering_key = Some(text.to_owned()),
            // Pub/Sub documents none; adapters that unwrap write it so.
            Some("delivery-attempt") => {
                let fault = |e| Unreadable::new(WHAT, format!("{name}: {text:?}: {e}"));
                found.delivery_attempt = Some(text.parse().map_err(fault)?);
            }
            Some(_) | None => {
                match name {
                    "x-cloudscheduler-jobname" => job = Some(text),
                    "x-cloudscheduler-scheduletime" => {
                        scheduled = Some((text, time(WHAT, name, text)?));
                    }
                    _ => {}
                }
                match found.attributes.entry(name.to_owned()) {
                    Entry::Vacant(entry) => {
                        entry.insert(text.to_owned());
                    }
                    // Names that differ in case only are one header.
                    Entry::Occupied(mut entry) => entry.get_mut().extend([", ", text]),
                }
            }
        }
    }
    if let Some((text, at)) = scheduled {
        found.publish_time = found.publish_time.or(Some(at));
        // Without the time, one run could not be told from the next.
        if let Some(job) = job.filter(|_| found.message_id.is_empty()) {
            found.message_id = format!("{job}@{text}");
        }
    }
    found.ordering_key = found.ordering_key.filter(|key| !key.is_empty());
    Ok(Carrier(found))
}

impl Carrier {
    /// Adds what is known of the delivery to the events in it. Several cannot
    /// share the message's id, which has to tell them apart.
    pub(super) fn carry(self, events: &mut [Envelope]) {
        let alone = events.len() == 1;
        for event in events {
            let by = self.0.clone();
            if event.message_id.is_empty() || (alone && !by.message_id.is_empty()) {
                event.message_id = by.message_id;
            }
            event.publish_time = by.publish_time.or(event.publish_time);
            event.subscription = by.subscription.or_else(|| event.subscription.take());
            event.delivery_attempt = by.delivery_attempt.or(event.delivery_attempt);
            event.ordering_key = by.ordering_key.or_else(|| event.ordering_key.take());
            for (name, value) in by.attributes {
                event.attributes.entry(name).or_insert(value);
            }
        }
    }
}

/// Whether a header is part of the event. Pub/Sub writes every attribute as a
/// header of its name, so all are that do not belong to the request: HTTP's own,
/// those that clients, proxies and Cloud Run add, and above all credentials,
/// which must not end up in logs and dead letters. `Content-Type` stays: in
/// Google's example it is an attribute.
fn belongs(header: &HeaderName, value: &HeaderValue) -> bool {
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
    // x-goog-: the identity-aware proxy's assertion is among them.
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
    let foreign = || NAMES.contains(&name) || PREFIXES.iter().any(|p| name.starts_with(p));
    !secret && !value.is_sensitive() && (name.starts_with(PUBSUB) || !foreign())
}

/// A header's value as text.
pub(super) fn text<'a>(header: &HeaderName, value: &'a HeaderValue) -> Result<&'a str, Unreadable> {
    std::str::from_utf8(value.as_bytes())
        .map_err(|e| Unreadable::new("request headers", format!("{header}: {e}")))
}
