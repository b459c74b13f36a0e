//! CloudEvents in binary content mode: attributes as headers (HTTP protocol
//! binding, 3.1).

use super::{cloud_event, delivery_headers::header_text};
use crate::{DecodeError, Envelope};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header::CONTENT_TYPE};
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;

pub(super) fn read(headers: &HeaderMap, body: &Bytes) -> Result<Envelope, DecodeError> {
    let mut attributes = BTreeMap::new();
    for (header, value) in headers {
        let Some(name) = header.as_str().strip_prefix("ce-") else {
            continue;
        };
        let fault = |what| DecodeError::new("request headers", format!("{header}: {what}"));
        if ["data", "data_base64"].contains(&name) {
            return Err(fault("reserved attribute name"));
        }
        if attributes.contains_key(name) {
            return Err(fault("duplicate header"));
        }
        attributes.insert(name.to_owned(), attribute(header, value)?);
    }
    if let Some(value) = headers.get(CONTENT_TYPE) {
        let media = header_text(&CONTENT_TYPE, value)?;
        attributes.insert("datacontenttype".into(), media.to_owned());
    }
    cloud_event::into_envelope(
        cloud_event::from_attributes("ce-", attributes)?,
        body.clone(),
    )
}

/// The value of an attribute's header: unquoted, then percent-decoded once
/// (3.1.3.2).
fn attribute(header: &HeaderName, value: &HeaderValue) -> Result<String, DecodeError> {
    let text = header_text(header, value)?;
    let quoted = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let text = match quoted {
        Some(inner) => unescape(inner),
        None => text.to_owned(),
    };
    let decoded = percent_decode_str(&text).decode_utf8();
    let fault = |_| format!("{header}: percent-decoded, it is not UTF-8");
    decoded
        .map(|text| text.into_owned())
        .map_err(|e| DecodeError::new("request headers", fault(e)))
}

/// Removes the backslashes of a quoted string (RFC 7230, 3.2.6).
fn unescape(text: &str) -> String {
    let mut chars = text.chars();
    let mut all = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        all.push(if c == '\\' {
            chars.next().unwrap_or(c)
        } else {
            c
        });
    }
    all
}
