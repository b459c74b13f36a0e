//! The fields of a bucket that a caller sets.

use super::{fields::settable_fields, retention};
use crate::{ApiError, Call, Cloud};
use serde_json::{Map, Value};

/// Fields that a caller may set and that are simulated.
pub(super) const SETTABLE: &[&str] = &[
    "autoclass",
    "billing",
    "cors",
    "defaultEventBasedHold",
    "encryption",
    "hierarchicalNamespace",
    "iamConfiguration",
    "labels",
    "lifecycle",
    "location",
    "logging",
    "retentionPolicy",
    "rpo",
    "softDeletePolicy",
    "storageClass",
    "versioning",
    "website",
];

/// The settable fields of the body, after a check of their types.
pub(super) fn attributes(
    cloud: &Cloud,
    call: &Call,
    body: &Value,
) -> Result<Map<String, Value>, ApiError> {
    for path in [
        "/iamConfiguration",
        "/iamConfiguration/bucketPolicyOnly",
        "/iamConfiguration/uniformBucketLevelAccess",
        "/labels",
        "/retentionPolicy",
        "/lifecycle",
        "/softDeletePolicy",
        "/versioning",
    ] {
        if body
            .pointer(path)
            .is_some_and(|v| !v.is_object() && !v.is_null())
        {
            let message = format!("Invalid value: {} must be an object.", &path[1..]);
            return Err(ApiError::invalid(message));
        }
    }
    let soft = &body["softDeletePolicy"]["retentionDurationSeconds"];
    let seconds = soft.as_u64().or_else(|| soft.as_str()?.parse().ok());
    // Zero, or a week to 90 days.
    let fits = seconds.is_some_and(|s| s == 0 || (604_800..=7_776_000).contains(&s));
    if !soft.is_null() && !fits {
        return Err(ApiError::invalid(format!(
            "Invalid value for softDeletePolicy.retentionDurationSeconds: {soft}."
        )));
    }
    let prevention = &body["iamConfiguration"]["publicAccessPrevention"];
    let values = ["inherited", "unspecified", "enforced"];
    if !prevention.is_null() && !values.iter().any(|values| prevention == values) {
        return Err(ApiError::invalid(format!(
            "Invalid value for iamConfiguration.publicAccessPrevention: {prevention}."
        )));
    }
    let mut written = settable_fields(body, SETTABLE)?;
    if let Some(policy) = written.remove("retentionPolicy") {
        let name = match call.path("bucket") {
            "" => body["name"].as_str().unwrap_or_default(),
            name => name,
        };
        let old = cloud.storage.buckets.get(name);
        let old = old.map_or(&Value::Null, |bucket| &bucket.attributes["retentionPolicy"]);
        let policy = retention::check_policy(name, old, &policy, call.now)?;
        written.insert("retentionPolicy".into(), policy);
    }
    Ok(written)
}
