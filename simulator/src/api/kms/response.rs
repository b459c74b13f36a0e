//! Responses: pages of lists, and enums as numbers.

use crate::{ApiError, ApiResponse, Call};
use serde_json::{Value, json};

/// Google's numbers of the simulated enum values.
const NUMBERS: &[(&str, &str, u64)] = &[
    ("purpose", "ENCRYPT_DECRYPT", 1),
    ("algorithm", "GOOGLE_SYMMETRIC_ENCRYPTION", 1),
    ("protectionLevel", "SOFTWARE", 1),
    ("state", "ENABLED", 1),
    ("state", "DISABLED", 2),
    ("state", "DESTROYED", 3),
    ("state", "DESTROY_SCHEDULED", 4),
];

/// The name of an enum value of `field`. Official clients send its number.
pub(super) fn enumerated<'a>(field: &str, value: &'a Value) -> Result<&'a str, ApiError> {
    let entry = NUMBERS
        .iter()
        .find(|(of, _, number)| *of == field && value.as_u64() == Some(*number));
    match (entry, value) {
        (Some((_, name, _)), _) => Ok(name),
        (None, Value::String(name)) => Ok(name),
        (None, Value::Null) => Ok(""),
        (None, _) => Err(ApiError::unimplemented(format!(
            "The simulator has no {field} {value}."
        ))),
    }
}

/// The response, with enums as numbers if the caller requests that.
pub(super) fn respond(call: &Call, mut json: Value) -> Result<ApiResponse, ApiError> {
    let wants = |key: &str| {
        call.query(key)
            .is_some_and(|alt| alt.contains("enum-encoding=int"))
    };
    if wants("$alt") || wants("alt") {
        to_numbers(&mut json);
    }
    Ok(ApiResponse::Json(json))
}

fn to_numbers(json: &mut Value) {
    match json {
        Value::Object(fields) => {
            for (field, value) in fields {
                let entry = NUMBERS
                    .iter()
                    .find(|(of, name, _)| of == field && value == name);
                match entry {
                    Some((_, _, number)) => *value = json!(number),
                    None => to_numbers(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(to_numbers),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// One page of a list. The page token is its offset.
pub(super) fn page(call: &Call, field: &str, all: Vec<Value>) -> Result<ApiResponse, ApiError> {
    if call
        .query("filter")
        .or_else(|| call.query("orderBy"))
        .is_some()
    {
        let message = "The simulator neither filters nor orders lists of Cloud KMS.";
        return Err(ApiError::unimplemented(message));
    }
    let begin = usize::try_from(call.query_u64("pageToken")?.unwrap_or(0)).unwrap_or(usize::MAX);
    let requested = call.query_u64("pageSize")?.filter(|size| *size > 0);
    let size = usize::try_from(requested.unwrap_or(100).min(1000)).unwrap_or(1000);
    let total = all.len();
    let items: Vec<Value> = all.into_iter().skip(begin).take(size).collect();
    let end = begin.saturating_add(items.len());
    let mut json = json!({});
    if !items.is_empty() {
        json[field] = items.into();
    }
    if total > 0 {
        json["totalSize"] = total.into();
    }
    if end < total {
        json["nextPageToken"] = end.to_string().into();
    }
    respond(call, json)
}
