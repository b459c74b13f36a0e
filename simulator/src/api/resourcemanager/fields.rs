//! Which values the fields of a project may have.

use crate::{ApiError, collection::is_rfc1035};
use serde_json::{Value, json};

/// The error for a field; that of other fields than `project_id` by analogy.
fn field_error(field: &str, issue: &str) -> ApiError {
    let mut error = ApiError::invalid(format!("field [{field}] has issue [{issue}]"));
    error.details.push(json!({
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [{ "field": field, "description": issue }],
    }));
    error
}

pub(super) fn check_id(id: &str) -> Result<(), ApiError> {
    let issue = if id.len() < 6 {
        "project_id must be at least 6 characters long"
    } else if id.len() > 30 {
        "project_id must be at most 30 characters long"
    } else if !is_rfc1035(id) {
        "project_id contains invalid characters"
    } else {
        return Ok(());
    };
    Err(field_error("project_id", issue))
}

pub(super) fn check_display_name(name: &str) -> Result<(), ApiError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-'\" !".contains(c);
    match (4..=30).contains(&name.len()) && name.chars().all(allowed) {
        true => Ok(()),
        false => Err(field_error(
            "display_name",
            "display_name must have 4 to 30 letters, digits, hyphens, quotes, spaces and \
             exclamation points",
        )),
    }
}

pub(super) fn check_labels(labels: &Value) -> Result<(), ApiError> {
    let letter = |c: char| c.is_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    let plain = |text: &str| text.chars().count() <= 63 && text.chars().all(letter);
    let all = || labels.as_object().into_iter().flatten();
    for (key, value) in all() {
        let value = value.as_str().unwrap_or_default();
        if !key.starts_with(char::is_lowercase) || !plain(key) || !plain(value) {
            let issue = format!("invalid label {key:?}: {value:?}");
            return Err(field_error("labels", &issue));
        }
    }
    match all().count() {
        0..=64 => Ok(()),
        _ => Err(field_error("labels", "there can be at most 64 labels")),
    }
}
