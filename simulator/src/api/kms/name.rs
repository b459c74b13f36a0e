//! Resource names.

use crate::{ApiError, api::compute::is_region};

/// Checks the location in the name of a resource. The status is unverified.
pub(super) fn check_location(name: &str) -> Result<(), ApiError> {
    let location = name.split('/').nth(3).unwrap_or_default();
    // `-` stands for all locations, in lists.
    let many = matches!(location, "global" | "us" | "europe" | "asia" | "-");
    if many || is_region(location) {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "The request concerns location '{location}' but was sent to location 'global'. \
         Either Cloud KMS is not available in '{location}' or the request was misrouted."
    )))
}

pub(super) const ID_PATTERN: &str = "[a-zA-Z0-9_-]{1,63}";

/// Whether this is an ID: 1 to 63 letters, digits, hyphens and underscores.
pub(super) fn is_id(id: &str) -> bool {
    let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=63).contains(&id.len()) && id.bytes().all(letter)
}

/// The full name of a version of a key.
pub(super) fn version_name(key: &str, number: impl std::fmt::Display) -> String {
    format!("{key}/cryptoKeyVersions/{number}")
}
