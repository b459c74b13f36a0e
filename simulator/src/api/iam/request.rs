//! What the methods of IAM read from a request.

use crate::{ApiError, Call, Cloud, iam::Resource};

pub(super) fn account(call: &Call) -> Resource {
    Resource::service_account(call.path("project"), call.path("account"))
}

/// The project's id, whichever way the path names it.
pub(super) fn project(cloud: &Cloud, call: &Call) -> Result<String, ApiError> {
    let asked = call.path("project");
    let found = cloud.iam.project(asked).map(|(id, _)| id.to_owned());
    found.ok_or_else(|| ApiError::not_found(format!("Project {asked} does not exist.")))
}

/// A field of the body that must be text, or missing.
pub(super) fn text<'a>(body: &'a serde_json::Value, field: &str) -> Result<&'a str, ApiError> {
    let value = &body[field];
    let text = if value.is_null() {
        Some("")
    } else {
        value.as_str()
    };
    text.ok_or_else(|| ApiError::invalid(format!("Invalid value at '{field}' (TYPE_STRING).")))
}
