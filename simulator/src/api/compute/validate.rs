//! Limits on names, labels and metadata, and fingerprints.

use super::reference::is_label;
use crate::collection::{dialect::compute::invalid_value, is_rfc1035};
use crate::{ApiError, base64_field::is_same};
use serde_json::{Map, Value};

/// At most 256 KiB per value and 512 KiB in total (documented limits).
pub(super) fn check_metadata(metadata: &Value) -> Result<(), ApiError> {
    let mut total = 0;
    let mut keys = std::collections::BTreeSet::new();
    for (index, item) in metadata["items"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
    {
        let key = item["key"].as_str().unwrap_or_default();
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        if !(1..=128).contains(&key.len()) || !key.bytes().all(plain) || !keys.insert(key) {
            let reason = "Must be 1 to 128 letters, digits, hyphens and underscores, and unique.";
            return Err(invalid_value(
                &format!("metadata.items[{index}].key"),
                key,
                reason,
            ));
        }
        let Some(value) = item["value"].as_str() else {
            return Err(invalid_value(
                &format!("metadata.items[{index}].value"),
                "",
                "Must be a string.",
            ));
        };
        let limit = 256 * 1024;
        total += key.len() + value.len();
        if value.len() > limit || total > 2 * limit {
            let message = format!(
                "Value for field 'resource.metadata.items[{index}].value' is too large: \
                 maximum size {limit} character(s); actual size {}.",
                value.len()
            );
            let too_large = ApiError::invalid(message);
            return Err(ApiError {
                status: 413,
                reason: "fieldSizeTooLarge",
                ..too_large
            });
        }
    }
    Ok(())
}

pub(super) fn check_labels(labels: &Value) -> Result<(), ApiError> {
    let none = Map::new();
    let labels = labels.as_object().unwrap_or(&none);
    if labels.len() > 64 {
        return Err(invalid_value(
            "labels",
            &labels.len().to_string(),
            "At most 64 labels can be given.",
        ));
    }
    for (key, value) in labels {
        if !value.as_str().is_some_and(|value| is_label(key, value)) {
            let reason = "Keys and values are at most 63 lower-case letters, digits, hyphens and \
                       underscores; a key begins with a letter.";
            return Err(invalid_value("labels", &format!("{key}={value}"), reason));
        }
    }
    Ok(())
}

/// Refuses what is no name of a resource, `text` in `field`.
pub(super) fn check_name(field: &str, text: &str) -> Result<(), ApiError> {
    if is_rfc1035(text) {
        return Ok(());
    }
    let reason = "Must be a match of regex '(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'";
    Err(invalid_value(field, text, reason))
}

/// Refuses a change whose fingerprint is not the present one.
pub(super) fn check_fingerprint(given: &Value, present: &str, field: &str) -> Result<(), ApiError> {
    let given = given.as_str().unwrap_or_default();
    if is_same(given, present) {
        return Ok(());
    }
    let message = if given.is_empty() {
        format!("Invalid value for field '{field}': ''. A fingerprint must be given.")
    } else {
        format!("Supplied fingerprint does not match current {field}.")
    };
    Err(ApiError::precondition(message))
}
