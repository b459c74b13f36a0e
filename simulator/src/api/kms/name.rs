//! Resource names, from the path of a call.

use super::version::version_name;
use crate::{ApiError, Call, Cloud, iam::Resource};

/// `projects/p/locations/l`, with the project's ID.
///
/// # Errors
/// The location does not exist. The status is unverified.
pub(super) fn location(cloud: &Cloud, call: &Call) -> Result<String, ApiError> {
    let (requested, location) = (call.path("project"), call.path("location"));
    let shape = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let region = location.ends_with(|c: char| c.is_ascii_digit()) && location.contains('-');
    let many = matches!(location, "global" | "us" | "europe" | "asia");
    if !location.bytes().all(shape) || !(many || region) {
        return Err(ApiError::invalid(format!(
            "The request concerns location '{location}' but was sent to location 'global'. \
             Either Cloud KMS is not available in '{location}' or the request was misrouted."
        )));
    }
    let project = cloud.iam.project(requested).map_or(requested, |(id, _)| id);
    Ok(format!("projects/{project}/locations/{location}"))
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

/// The ID of a resource to create: 1 to 63 letters, digits, hyphens and
/// underscores.
pub(super) fn id<'a>(call: &'a Call, parameter: &str) -> Result<&'a str, ApiError> {
    let id = call.query(parameter).unwrap_or_default();
    let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if (1..=63).contains(&id.len()) && id.bytes().all(letter) {
        return Ok(id);
    }
    Err(ApiError::invalid(format!(
        "Invalid {parameter} {id:?}: it must match [a-zA-Z0-9_-]{{1,63}}."
    )))
}

pub(super) fn resource(kind: &'static str, name: impl Into<String>) -> Resource {
    Resource::new("cloudkms.googleapis.com", kind, name)
}
