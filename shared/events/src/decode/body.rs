//! Deliveries whose form is recognised by the body alone.

use super::{background, push};
use crate::{
    DecodeError, Envelope,
    json::{self, RawObject},
};
use bytes::Bytes;

const PUSH: &str = "push body";

/// Reads a body as a wrapped push, a background event, or raw data.
///
/// `json` says whether the content type is JSON. Text that starts with `{` and
/// is not valid JSON is then an error; otherwise it is raw data, unless it looks
/// like a push.
pub(super) fn read(json: bool, body: &Bytes) -> Result<Envelope, DecodeError> {
    let raw = || Envelope {
        data: body.clone(),
        ..Envelope::default()
    };
    match body.trim_ascii_start().first() {
        None => return Err(DecodeError::new("request body", "is empty")),
        Some(b'{') => {}
        Some(_) => return Ok(raw()),
    }
    let fault = match push::read(PUSH, body) {
        Ok(envelope) if envelope.message_id.is_empty() => {
            return Err(DecodeError::new(PUSH, "message.messageId is missing"));
        }
        Ok(envelope) => return Ok(envelope),
        Err(fault) => fault,
    };
    let fields = match json::read::<RawObject<'_>>("request body", body) {
        Ok(fields) => fields.0,
        Err(_) if contains_message_key(body) => return Err(fault),
        Err(invalid) if json => return Err(invalid),
        Err(_) => return Ok(raw()),
    };
    let first_byte = |name: &str| fields.get(name)?.get().bytes().next();
    match first_byte("message") {
        // Raw data with such a key can be sent only with Pub/Sub's metadata headers.
        Some(b'{' | b'[' | b'n') => Err(fault),
        Some(_) if first_byte("subscription") == Some(b'"') => Err(fault),
        _ => Ok(background::read(&fields, body)?.unwrap_or_else(raw)),
    }
}

fn contains_message_key(body: &[u8]) -> bool {
    body.windows(br#""message""#.len())
        .any(|part| part == br#""message""#)
}
