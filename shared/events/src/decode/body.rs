//! Deliveries whose headers say nothing of their form.

use super::{legacy, push};
use crate::{
    Envelope, Unreadable,
    json::{self, Fields},
};
use bytes::Bytes;

const PUSH: &str = "push body";

/// Reads a body by its looks: a wrapped push, a background event, or raw data.
///
/// `json` says that the sender calls it JSON. A text that is cut off is then
/// broken; otherwise, if it cannot be a push, it is data that starts with `{`.
pub(super) fn read(json: bool, body: &Bytes) -> Result<Envelope, Unreadable> {
    let raw = || Envelope {
        data: body.clone(),
        ..Envelope::default()
    };
    match body.trim_ascii_start().first() {
        None => return Err(Unreadable::new("request body", "it is empty")),
        Some(b'{') => {}
        Some(_) => return Ok(raw()),
    }
    let fault = match push::read(PUSH, body) {
        Ok(envelope) if envelope.message_id.is_empty() => {
            return Err(Unreadable::new(PUSH, "message.messageId is missing"));
        }
        Ok(envelope) => return Ok(envelope),
        Err(fault) => fault,
    };
    let fields = match json::read::<Fields<'_>>("request body", body) {
        Ok(fields) => fields.0,
        Err(_) if names_a_message(body) => return Err(fault),
        Err(broken) if json => return Err(broken),
        Err(_) => return Ok(raw()),
    };
    let begins = |name: &str| fields.get(name)?.get().bytes().next();
    match begins("message") {
        // Who sends data of their own with such a key lets Pub/Sub write metadata.
        Some(b'{' | b'[' | b'n') => Err(fault),
        Some(_) if begins("subscription") == Some(b'"') => Err(fault),
        _ => Ok(legacy::read(&fields, body)?.unwrap_or_else(raw)),
    }
}

fn names_a_message(body: &[u8]) -> bool {
    body.windows(br#""message""#.len())
        .any(|part| part == br#""message""#)
}
