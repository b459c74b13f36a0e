//! The errors of calls that a policy forbids.

use super::{
    constraint::{Constraint, RESOURCE_LOCATIONS},
    effective::{is_any_set, is_enforced, rules},
    location::stands_for,
};
use crate::{ApiError, Cloud};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What is encoded in a `configvalue`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The subject of a violation: what has the policy, and the refused value.
pub(crate) fn subject(of: &str, value: &str) -> String {
    let value = utf8_percent_encode(value, RESERVED);
    format!("{of}?configvalue={value}")
}

/// Whether policies permit a project (ID or number) a new resource in a location.
fn permits(cloud: &Cloud, project: &str, location: &str) -> bool {
    if !is_any_set(cloud) {
        return true;
    }
    let id = cloud.iam.project(project).map_or(project, |(id, _)| id);
    let rules = rules(cloud, &format!("projects/{id}"), &RESOURCE_LOCATIONS);
    rules.is_none_or(|rules| rules.permits(|value| stands_for(value, location)))
}

/// Refuses a bucket in a location, in any case. Google's words, from bug reports.
pub(crate) fn check_bucket_location(
    cloud: &Cloud,
    project: &str,
    location: &str,
) -> Result<(), ApiError> {
    let location = location.to_ascii_lowercase();
    match permits(cloud, project, &location) {
        true => Ok(()),
        false => Err(ApiError::precondition(format!(
            "'{location}' violates constraint '{}'",
            RESOURCE_LOCATIONS.full_name()
        ))),
    }
}

/// Refuses a resource of Compute Engine in a zone or region
/// (`projects/p/zones/z/disks/d`). Google's words, from its documents and bug
/// reports.
pub(crate) fn check_compute_location(cloud: &Cloud, path: &str) -> Result<(), ApiError> {
    let parts: Vec<&str> = path.split('/').collect();
    let ["projects", project, kind, location, ..] = parts[..] else {
        return Ok(());
    };
    if permits(cloud, project, location) {
        return Ok(());
    }
    let kind = kind.trim_end_matches('s').to_ascii_uppercase();
    Err(ApiError::precondition(format!(
        "Location {kind}:{location} violates constraint {} on the resource {path}.",
        RESOURCE_LOCATIONS.full_name()
    )))
}

/// Refuses a resource of another API in a location. `what` it is, with its
/// article. The words are those of Secret Manager, from bug reports; that other
/// APIs have the same is unverified.
pub(crate) fn check_location(
    cloud: &Cloud,
    project: &str,
    location: &str,
    what: &str,
) -> Result<(), ApiError> {
    if permits(cloud, project, location) {
        return Ok(());
    }
    let constraint = RESOURCE_LOCATIONS.full_name();
    let subject = format!("orgpolicy:projects/{}", cloud.iam.project_number(project));
    let message = format!(
        "Constraint {constraint} violated for [{subject}] attempting to create {what} in \
         [{location}]. For more information, see \
         https://cloud.google.com/resource-manager/docs/organization-policy/defining-locations."
    );
    Err(ApiError::failed_precondition(message.as_str()).violating(&constraint, &subject, &message))
}

/// Refuses a key of a service account (`projects/p/serviceAccounts/a@…`). Google's
/// words, from bug reports; that those of an upload are the message, too, is
/// unverified.
pub(crate) fn check_key(
    cloud: &Cloud,
    account: &str,
    constraint: &'static Constraint,
    message: &str,
) -> Result<(), ApiError> {
    let (project, email) = account.split_once("/serviceAccounts/").unwrap_or_default();
    if !is_enforced(cloud, project, constraint) {
        return Ok(());
    }
    let name = constraint.full_name();
    Err(ApiError::failed_precondition(message).violating(&name, &subject(account, email), message))
}
