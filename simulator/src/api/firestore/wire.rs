//! Readers of basic JSON values.

use crate::{ApiError, Call, base64_field::decode};
use base64::{Engine, prelude::BASE64_STANDARD};
use names::Timestamp;
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

/// A non-negative number, which may be text, as int64 is; wrapper types may be
/// `{"value": n}`.
pub(super) fn count(value: &Value, at: &str) -> Result<Option<usize>, ApiError> {
    let number = if value.is_object() {
        &value["value"]
    } else {
        value
    };
    if number.is_null() {
        return Ok(None);
    }
    let text = number.as_str().and_then(|text| text.parse().ok());
    let read = number.as_u64().or(text);
    let read = read.and_then(|n| usize::try_from(n).ok());
    read.map(Some).ok_or_else(|| {
        ApiError::invalid(format!("Invalid value at '{at}': {number} is not a count."))
    })
}

/// Of which time a call reads.
pub(super) enum Consistency {
    Latest,
    At(Timestamp),
    /// In the transaction with this ID.
    In(String),
    /// In a transaction that it begins.
    New(TransactionOptions),
}

pub(super) enum TransactionOptions {
    /// At a time, or now.
    ReadOnly(Option<Timestamp>),
    ReadWrite,
}

impl TransactionOptions {
    /// `{readOnly}` or `{readWrite}`; `None` if neither is there. Which
    /// transaction is retried makes no difference here, nor does its mode.
    pub(super) fn read(value: &Value) -> Result<Option<Self>, ApiError> {
        let (only, write) = (&value["readOnly"], &value["readWrite"]);
        match (only.is_object(), write.is_object()) {
            (true, true) => Err(ApiError::invalid(
                "A transaction is either readOnly or readWrite.",
            )),
            (true, false) => Ok(Some(Self::ReadOnly(time(&only["readTime"])?))),
            (false, true) => Ok(Some(Self::ReadWrite)),
            (false, false) => Ok(None),
        }
    }
}

/// The ID of a transaction, in the form in which it is given out.
pub(super) fn transaction_id(value: &Value) -> Result<Option<String>, ApiError> {
    let invalid = || ApiError::invalid("Invalid value at 'transaction': Base64 decoding failed.");
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text) => {
            let bytes = decode(text).ok_or_else(invalid)?;
            Ok(Some(BASE64_STANDARD.encode(bytes)))
        }
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => Err(invalid()),
    }
}

fn time(value: &Value) -> Result<Option<Timestamp>, ApiError> {
    if value.is_null() {
        return Ok(None);
    }
    let time = value.as_str().and_then(|text| text.parse().ok());
    time.map(Some)
        .ok_or_else(|| ApiError::invalid(format!("Invalid value at 'read_time': {value}.")))
}

/// What the body or the query of a call says of it.
pub(super) fn consistency(call: &Call) -> Result<Consistency, ApiError> {
    let given = |field: &str| match call.query(field) {
        Some(text) => text.into(),
        None => call.body[field].clone(),
    };
    let transaction = transaction_id(&given("transaction"))?;
    let new = &call.body["newTransaction"];
    match (transaction, new.is_object(), time(&given("readTime"))?) {
        (None, false, None) => Ok(Consistency::Latest),
        (None, false, Some(time)) => Ok(Consistency::At(time)),
        (Some(id), false, None) => Ok(Consistency::In(id)),
        (None, true, None) => {
            let options = TransactionOptions::read(new)?;
            let options = options.unwrap_or(TransactionOptions::ReadOnly(None));
            Ok(Consistency::New(options))
        }
        _ => Err(ApiError::invalid(
            "Only one of transaction, newTransaction and readTime may be set.",
        )),
    }
}
