//! CloudEvents in structured content mode (JSON event format), single or in a
//! batch.

use super::{cloud_event, media_type::is_json, push::Base64Data};
use crate::{
    DecodeError, Envelope, MalformedEvent,
    json::{self, RawObject},
};
use bytes::Bytes;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

pub(super) fn one(body: &Bytes) -> Result<Envelope, DecodeError> {
    read("", json::read("cloud event", body)?, body)
}

pub(super) fn batch(body: &Bytes) -> Result<Vec<Result<Envelope, MalformedEvent>>, DecodeError> {
    let all: Vec<&RawValue> = json::read("event batch", body)?;
    if all.is_empty() {
        return Err(DecodeError::new("event batch", "is empty"));
    }
    let events = all.into_iter().enumerate().map(|(i, event)| {
        let text = event.get().as_bytes();
        let fields = json::read("event batch", text)
            .map_err(|e| DecodeError::new(e.what, format!("[{i}]: {}", e.reason)));
        fields
            .and_then(|fields| read(&format!("[{i}]."), fields, body))
            .map_err(|error| MalformedEvent {
                error,
                text: body.slice_ref(text),
            })
    });
    Ok(events.collect())
}

fn read(prefix: &str, fields: RawObject<'_>, body: &Bytes) -> Result<Envelope, DecodeError> {
    let mut attributes = BTreeMap::new();
    let (mut plain, mut base64) = (None, None);
    for (name, value) in fields.0 {
        match name.as_str() {
            "data" => plain = Some(value),
            "data_base64" => base64 = Some(value),
            _ => {
                if let Some(text) = attribute(prefix, &name, value)? {
                    attributes.insert(name, text);
                }
            }
        }
    }
    let event = cloud_event::from_attributes(prefix, attributes)?;
    let media = event.data_content_type.as_deref();
    let fault = |text: String| DecodeError::new("cloud event", format!("{prefix}{text}"));
    let data = match (plain, base64.filter(|value| value.get() != "null")) {
        (Some(_), Some(_)) => return Err(fault("data and data_base64 are both set".into())),
        (None, None) => Bytes::new(),
        (None, Some(value)) => {
            let read = serde_json::from_str::<Base64Data>(value.get());
            read.map_err(|e| fault(format!("data_base64: {e}")))?.0
        }
        (Some(value), None) if media.is_none_or(is_json) || !value.get().starts_with('"') => {
            body.slice_ref(value.get().as_bytes())
        }
        (Some(value), None) => {
            let read = serde_json::from_str::<String>(value.get());
            read.map_err(|e| fault(format!("data: {e}")))?.into()
        }
    };
    cloud_event::into_envelope(event, data)
        .map_err(|e| DecodeError::new(e.what, format!("{prefix}{}", e.reason)))
}

/// The value of an attribute as text; `None` if it is null.
fn attribute(prefix: &str, name: &str, value: &RawValue) -> Result<Option<String>, DecodeError> {
    let fault = |text: &dyn std::fmt::Display| {
        DecodeError::new("cloud event", format!("{prefix}{name}: {text}"))
    };
    let text = value.get();
    match text.as_bytes().first() {
        Some(b'"') => serde_json::from_str(text).map(Some).map_err(|e| fault(&e)),
        Some(b'n') => Ok(None),
        _ if cloud_event::RESERVED_NAMES.contains(&name) => Err(fault(&"is not a string")),
        Some(b'{' | b'[') => Err(fault(&"is neither text, number nor boolean")),
        // Verbatim: a number may be longer than an `i64`.
        _ => Ok(Some(text.to_owned())),
    }
}
