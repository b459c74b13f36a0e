//! Names of topics and subscriptions, and the errors about them.

use crate::{ApiError, Call, iam::Resource};

pub(super) fn topic_name(call: &Call) -> String {
    format!(
        "projects/{}/topics/{}",
        call.path("project"),
        call.path("topic")
    )
}

pub(super) fn subscription_name(call: &Call) -> String {
    format!(
        "projects/{}/subscriptions/{}",
        call.path("project"),
        call.path("subscription")
    )
}

/// The last segment, by which errors and dead letters refer to a resource.
pub(super) fn last_segment(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

pub(super) fn not_found(name: &str) -> ApiError {
    ApiError::not_found(format!(
        "Resource not found (resource={}).",
        last_segment(name)
    ))
}

pub(super) fn already_exists(name: &str) -> ApiError {
    let message = format!(
        "Resource already exists in the project (resource={}).",
        last_segment(name)
    );
    ApiError::already_exists(message)
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

pub(super) fn topic_resource(name: String) -> Resource {
    Resource::new("pubsub.googleapis.com", "Topic", name)
}

pub(super) fn subscription_resource(name: String) -> Resource {
    Resource::new("pubsub.googleapis.com", "Subscription", name)
}
