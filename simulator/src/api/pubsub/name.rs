//! Names of topics and subscriptions, and the errors about them.

use crate::{ApiError, Call, Cloud, collection::with_project_id};

pub(super) fn topic_name(cloud: &Cloud, call: &Call) -> String {
    let (project, topic) = (call.path("project"), call.path("topic"));
    with_project_id(cloud, format!("projects/{project}/topics/{topic}"))
}

pub(super) fn subscription_name(cloud: &Cloud, call: &Call) -> String {
    let (project, id) = (call.path("project"), call.path("subscription"));
    with_project_id(cloud, format!("projects/{project}/subscriptions/{id}"))
}

/// The last segment, by which errors and dead letters refer to a resource.
pub(super) fn last_segment(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// The message of a 404.
pub(super) fn not_found(name: &str) -> String {
    format!("Resource not found (resource={}).", last_segment(name))
}

/// The message of a 409.
pub(super) fn already_exists(name: &str) -> String {
    format!(
        "Resource already exists in the project (resource={}).",
        last_segment(name)
    )
}

/// Checks the ID of a topic or subscription: 3–255 characters, starting with a
/// letter, but not with `goog`.
pub(super) fn check_name(name: &str) -> Result<(), ApiError> {
    let id = last_segment(name);
    let legal = (3..=255).contains(&id.len())
        && id.starts_with(|c: char| c.is_ascii_alphabetic())
        && !id.starts_with("goog")
        && id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.~+%".contains(c));
    if legal {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "Invalid resource name given (name={name})."
    )))
}
