//! Bodies of requests, and pages of lists.

use crate::{ApiError, Call};
use serde_json::{Value, json};

/// Deserializes a body or a part of it; the error names the field.
pub(super) fn parse<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, ApiError> {
    let value = if value.is_null() {
        json!({})
    } else {
        value.clone()
    };
    serde_json::from_value(value).map_err(|e| {
        ApiError::invalid(format!(
            "Invalid JSON payload received, or not simulated: {e}"
        ))
    })
}

/// Applies the body of a `patch`, `{field: {…}, updateMask}`, to `old`. The
/// mask contains top-level fields other than those in `fixed`.
pub(super) fn apply_patch(
    old: Value,
    call: &Call,
    field: &str,
    fixed: &[&str],
) -> Result<Value, ApiError> {
    let mask = call.body["updateMask"].as_str().unwrap_or_default();
    if mask.is_empty() {
        return Err(ApiError::invalid(
            "The update_mask in the request must be set, and must contain a non-empty paths list.",
        ));
    }
    let mut new = old;
    for path in mask.split(',') {
        if path.contains('.') || fixed.contains(&path) {
            let message = format!("Invalid update_mask provided in the request: {path}.");
            return Err(ApiError::invalid(message));
        }
        new[path] = call.body[field][path].clone();
    }
    let fields = new.as_object_mut().map(std::mem::take).unwrap_or_default();
    Ok(fields
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .collect())
}

/// One page of `items`, which are sorted by key; the page token is the last key
/// of the previous page.
pub(super) fn page<'a>(
    call: &Call,
    field: &str,
    items: impl Iterator<Item = (&'a String, Value)>,
) -> Result<Value, ApiError> {
    let size = match call.query_u64("pageSize")? {
        None | Some(0) => 100,
        Some(size) => usize::try_from(size).unwrap_or(usize::MAX).min(1000),
    };
    let after = call.query("pageToken").unwrap_or_default();
    let mut rest = items.skip_while(|(key, _)| key.as_str() <= after);
    let (keys, page): (Vec<_>, Vec<_>) = rest.by_ref().take(size).unzip();
    let mut body = json!({});
    if !page.is_empty() {
        body[field] = page.into();
    }
    if let (Some(_), Some(last)) = (rest.next(), keys.last()) {
        body["nextPageToken"] = last.as_str().into();
    }
    Ok(body)
}
