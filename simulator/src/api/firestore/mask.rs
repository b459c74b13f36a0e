//! Document masks.

use super::field_path::FieldPath;
use crate::{ApiError, Call};
use serde_json::Value;

/// The field paths of a `DocumentMask`, if there is one.
pub(super) fn mask(value: &Value) -> Result<Option<Vec<FieldPath>>, ApiError> {
    if value.is_null() {
        return Ok(None);
    }
    let paths = value["fieldPaths"].as_array().into_iter().flatten();
    paths
        .map(|path| FieldPath::parse(path.as_str().unwrap_or_default()))
        .collect::<Result<_, _>>()
        .map(Some)
}

/// The same from query parameters: `name.fieldPaths=…`, repeated.
pub(super) fn query_mask(call: &Call, name: &str) -> Result<Option<Vec<FieldPath>>, ApiError> {
    let key = format!("{name}.fieldPaths");
    let given = call
        .query
        .iter()
        .filter(|(k, v)| *k == key && !v.is_empty());
    let paths: Vec<_> = given
        .map(|(_, path)| FieldPath::parse(path))
        .collect::<Result<_, _>>()?;
    Ok((!paths.is_empty()).then_some(paths))
}
