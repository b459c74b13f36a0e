//! Readers of requests to IAM.

use crate::{ApiError, Call, Cloud, iam::Resource};

pub(super) fn account(call: &Call) -> Resource {
    Resource::service_account(call.path("project"), call.path("account"))
}

/// The ID of the project in the path, which may give its ID or number.
pub(super) fn project(cloud: &Cloud, call: &Call) -> Result<String, ApiError> {
    let requested = call.path("project");
    let found = cloud.iam.project(requested).map(|(id, _)| id.to_owned());
    found.ok_or_else(|| ApiError::not_found(format!("Project {requested} does not exist.")))
}

/// An optional string field of the body.
pub(super) fn text<'a>(body: &'a serde_json::Value, field: &str) -> Result<&'a str, ApiError> {
    let value = &body[field];
    let text = if value.is_null() {
        Some("")
    } else {
        value.as_str()
    };
    text.ok_or_else(|| ApiError::invalid(format!("Invalid value at '{field}' (TYPE_STRING).")))
}
