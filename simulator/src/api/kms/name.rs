//! Resource names, from the path of a call.

use super::version::version_name;
use crate::{ApiError, Call, Cloud, iam::Resource};

/// `projects/p/locations/l`, with the project's ID.
///
/// # Errors
/// The location does not exist. The status is unverified.
pub(super) fn location(cloud: &Cloud, call: &Call) -> Result<String, ApiError> {
    let (requested, location) = (call.path("project"), call.path("location"));
    let project = cloud.iam.project(requested).map_or(requested, |(id, _)| id);
    let name = format!("projects/{project}/locations/{location}");
    check_location(&name)?;
    Ok(name)
}

/// Checks the location in the name of a resource.
pub(super) fn check_location(name: &str) -> Result<(), ApiError> {
    let location = name.split('/').nth(3).unwrap_or_default();
    let shape = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let region = location.ends_with(|c: char| c.is_ascii_digit()) && location.contains('-');
    // `-` stands for all locations, in lists.
    let many = matches!(location, "global" | "us" | "europe" | "asia" | "-");
    if location.bytes().all(shape) && (many || region) {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "The request concerns location '{location}' but was sent to location 'global'. \
         Either Cloud KMS is not available in '{location}' or the request was misrouted."
    )))
}

pub(super) fn ring(cloud: &Cloud, call: &Call) -> Result<String, ApiError> {
    let location = location(cloud, call)?;
    Ok(format!("{location}/keyRings/{}", call.path("ring")))
}

pub(super) fn key(cloud: &Cloud, call: &Call) -> Result<String, ApiError> {
    let ring = ring(cloud, call)?;
    Ok(format!("{ring}/cryptoKeys/{}", call.path("key")))
}

/// The name of the version in the path.
pub(super) fn requested_version(cloud: &Cloud, call: &Call) -> Result<String, ApiError> {
    Ok(version_name(&key(cloud, call)?, call.path("version")))
}

pub(super) const ID_PATTERN: &str = "[a-zA-Z0-9_-]{1,63}";

/// Whether this is an ID: 1 to 63 letters, digits, hyphens and underscores.
pub(super) fn is_id(id: &str) -> bool {
    let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=63).contains(&id.len()) && id.bytes().all(letter)
}

/// The ID of a resource to create.
pub(super) fn id<'a>(call: &'a Call, parameter: &str) -> Result<&'a str, ApiError> {
    let id = call.query(parameter).unwrap_or_default();
    if is_id(id) {
        return Ok(id);
    }
    Err(ApiError::invalid(format!(
        "Invalid {parameter} {id:?}: it must match {ID_PATTERN}."
    )))
}

pub(super) fn resource(kind: &'static str, name: impl Into<String>) -> Resource {
    Resource::new("cloudkms.googleapis.com", kind, name)
}
