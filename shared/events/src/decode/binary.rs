//! CloudEvents whose attributes are headers (HTTP protocol binding, 3.1).

use super::{carrier::text, cloud_event};
use crate::{Envelope, Unreadable};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header::CONTENT_TYPE};
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;

pub(super) fn read(headers: &HeaderMap, body: &Bytes) -> Result<Envelope, Unreadable> {
    let mut attributes = BTreeMap::new();
    for (header, value) in headers {
        let Some(name) = header.as_str().strip_prefix("ce-") else {
            continue;
        };
        let fault = |what| Unreadable::new("request headers", format!("{header}: {what}"));
        if ["data", "data_base64"].contains(&name) {
            return Err(fault("no attribute may have that name"));
        }
        if attributes.contains_key(name) {
            return Err(fault("is there twice"));
        }
        attributes.insert(name.to_owned(), attribute(header, value)?);
    }
    if let Some(value) = headers.get(CONTENT_TYPE) {
        let media = text(&CONTENT_TYPE, value)?;
        attributes.insert("datacontenttype".into(), media.to_owned());
    }
    cloud_event::envelope(cloud_event::read("ce-", attributes)?, body.clone())
}

/// A header's value: unquoted, then percent-decoded once (3.1.3.2).
fn attribute(header: &HeaderName, value: &HeaderValue) -> Result<String, Unreadable> {
    let text = text(header, value)?;
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
        .map_err(|e| Unreadable::new("request headers", fault(e)))
}

/// A quoted string without its backslashes (RFC 7230, 3.2.6).
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
