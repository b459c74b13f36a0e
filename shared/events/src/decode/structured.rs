//! CloudEvents as JSON (JSON event format), one or a batch.

use super::{cloud_event, is_json, push::Base64};
use crate::{
    Envelope, Unreadable,
    json::{self, Fields},
};
use bytes::Bytes;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

pub(super) fn one(body: &Bytes) -> Result<Envelope, Unreadable> {
    read("", json::read("cloud event", body)?, body)
}

pub(super) fn batch(body: &Bytes) -> Result<Vec<Envelope>, Unreadable> {
    let all: Vec<Fields<'_>> = json::read("event batch", body)?;
    if all.is_empty() {
        return Err(Unreadable::new("event batch", "it holds no event"));
    }
    all.into_iter()
        .enumerate()
        .map(|(i, fields)| read(&format!("[{i}]."), fields, body))
        .collect()
}

fn read(place: &str, fields: Fields<'_>, body: &Bytes) -> Result<Envelope, Unreadable> {
    let mut attributes = BTreeMap::new();
    let (mut plain, mut base64) = (None, None);
    for (name, value) in fields.0 {
        match name.as_str() {
            "data" => plain = Some(value),
            "data_base64" => base64 = Some(value),
            _ => {
                if let Some(text) = attribute(place, &name, value)? {
                    attributes.insert(name, text);
                }
            }
        }
    }
    let event = cloud_event::read(place, attributes)?;
    let media = event.data_content_type.as_deref();
    let fault = |text: String| Unreadable::new("cloud event", format!("{place}{text}"));
    let data = match (plain, base64.filter(|value| value.get() != "null")) {
        (Some(_), Some(_)) => return Err(fault("data and data_base64 are both there".into())),
        (None, None) => Bytes::new(),
        (None, Some(value)) => {
            let read = serde_json::from_str::<Base64>(value.get());
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
    cloud_event::envelope(event, data)
        .map_err(|e| Unreadable::new(e.what, format!("{place}{}", e.fault)))
}

/// An attribute's value as text; none if it is null.
fn attribute(place: &str, name: &str, value: &RawValue) -> Result<Option<String>, Unreadable> {
    let fault = |text: &dyn std::fmt::Display| {
        Unreadable::new("cloud event", format!("{place}{name}: {text}"))
    };
    let text = value.get();
    match text.as_bytes().first() {
        Some(b'"') => serde_json::from_str(text).map(Some).map_err(|e| fault(&e)),
        Some(b'n') => Ok(None),
        _ if cloud_event::NAMES.contains(&name) => Err(fault(&"is not a string")),
        Some(b'{' | b'[') => Err(fault(&"is neither text, number nor boolean")),
        // As it was written: a number may be longer than ours.
        _ => Ok(Some(text.to_owned())),
    }
}
