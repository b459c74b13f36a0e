//! Readers of basic JSON values.

use crate::{ApiError, Call};
use serde_json::Value;

/// An enum value, given by name or, as Google's clients do, by number.
pub(super) fn enum_name<'w>(value: &Value, words: &[&'w str]) -> Option<&'w str> {
    if let Some(text) = value.as_str() {
        return words.iter().find(|enum_name| **enum_name == text).copied();
    }
    words.get(usize::try_from(value.as_u64()?).ok()?).copied()
}

/// A list; `null` is empty.
pub(super) fn array<'v>(value: &'v Value, at: &str) -> Result<&'v [Value], ApiError> {
    if value.is_null() {
        return Ok(&[]);
    }
    let list = value.as_array().map(Vec::as_slice);
    list.ok_or_else(|| ApiError::invalid(format!("Invalid value at '{at}': it must be an array.")))
}

/// A non-negative number; int32 wrapper types may be `{"value": n}`.
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
    read.map(Some).ok_or_else(|| {
        ApiError::invalid(format!("Invalid value at '{at}': {number} is not a count."))
    })
}

/// Refuses what is not simulated: transactions and reads at a past time.
pub(super) fn refuse_transaction(call: &Call) -> Result<(), ApiError> {
    for field in ["transaction", "newTransaction", "readTime"] {
        let in_body = !matches!(&call.body[field], Value::Null | Value::String(_))
            || call.body[field]
                .as_str()
                .is_some_and(|text| !text.is_empty());
        if in_body || call.query(field).is_some() {
            let message = format!("The simulator's Firestore does not support '{field}'.");
            return Err(ApiError::unimplemented(message));
        }
    }
    Ok(())
}
