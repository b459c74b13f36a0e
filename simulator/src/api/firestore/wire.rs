//! Small readers of the wire form.

use crate::{ApiError, Call};
use serde_json::Value;

/// An enum value, by name or (as Google's own clients send it) by number.
pub(super) fn word<'w>(value: &Value, words: &[&'w str]) -> Option<&'w str> {
    if let Some(text) = value.as_str() {
        return words.iter().find(|word| **word == text).copied();
    }
    words.get(usize::try_from(value.as_u64()?).ok()?).copied()
}

/// A list; `null` is an empty one.
pub(super) fn array<'v>(value: &'v Value, at: &str) -> Result<&'v [Value], ApiError> {
    if value.is_null() {
        return Ok(&[]);
    }
    let list = value.as_array().map(Vec::as_slice);
    list.ok_or_else(|| ApiError::invalid(format!("Invalid value at '{at}': no array.")))
}

/// A number; the wrapper types of int32 may also stand as `{"value": n}`.
pub(super) fn count(value: &Value, at: &str) -> Result<Option<usize>, ApiError> {
    let number = if value.is_object() {
        &value["value"]
    } else {
        value
    };
    if number.is_null() {
        return Ok(None);
    }
    let read = number.as_u64().and_then(|n| usize::try_from(n).ok());
    read.map(Some)
        .ok_or_else(|| ApiError::invalid(format!("Invalid value at '{at}': {number} is no count.")))
}

/// Refuses what the simulator would have to ignore: transactions and reads of the past.
pub(super) fn refuse_transaction(call: &Call) -> Result<(), ApiError> {
    for field in ["transaction", "newTransaction", "readTime"] {
        let in_body = !matches!(&call.body[field], Value::Null | Value::String(_))
            || call.body[field]
                .as_str()
                .is_some_and(|text| !text.is_empty());
        if in_body || call.query(field).is_some() {
            let message = format!("The simulator's Firestore does not know '{field}'.");
            return Err(ApiError::unimplemented(message));
        }
    }
    Ok(())
}
