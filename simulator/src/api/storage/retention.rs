//! What keeps objects from being deleted: retention policies of buckets, which
//! can be locked, and holds.

use super::{bucket::Bucket, hold::Hold, object::Object};
use crate::ApiError;
use names::{Duration, Timestamp};
use serde_json::{Value, json};

fn seconds(period: &Value) -> Option<u64> {
    period.as_u64().or_else(|| period.as_str()?.parse().ok())
}

/// Google's maximum period, 100 years, in seconds.
const MAX_PERIOD: u64 = 3_155_760_000;

/// Checks a `retentionPolicy` in a request against the current one, and returns
/// the new one: `null` for none.
///
/// # Errors
/// The period is invalid, or a locked policy would be shortened or removed. The
/// status of the latter is Google's, the message nearly so.
pub(super) fn check_policy(
    bucket: &str,
    old: &Value,
    policy: &Value,
    now: Timestamp,
) -> Result<Value, ApiError> {
    let locked = old["isLocked"] == true;
    if policy.is_null() {
        return if locked {
            Err(ApiError {
                reason: "retentionPolicyNotMet",
                ..ApiError::permission_denied(format!(
                    "Bucket '{bucket}' has a locked Retention Policy which cannot be removed."
                ))
            })
        } else {
            Ok(Value::Null)
        };
    }
    let period = seconds(&policy["retentionPeriod"]).filter(|p| (1..=MAX_PERIOD).contains(p));
    let period = period.ok_or_else(|| {
        ApiError::invalid(format!(
            "Invalid retention period: 1 to {MAX_PERIOD} seconds."
        ))
    })?;
    let before = seconds(&old["retentionPeriod"]);
    if locked && before.is_some_and(|before| period < before) {
        return Err(ApiError::permission_denied(format!(
            "Cannot reduce retention duration of a locked Retention Policy for bucket '{bucket}'."
        )));
    }
    let since = old["effectiveTime"].as_str().filter(|_| before.is_some());
    let mut kept = json!({
        "retentionPeriod": period.to_string(),
        "effectiveTime": since.map_or_else(|| json!(now), Value::from),
    });
    if locked {
        kept["isLocked"] = true.into();
    }
    Ok(kept)
}

impl Bucket {
    /// Until when its policy retains an object: from its creation on, or from the
    /// release of its event-based hold. `None` while that holds it.
    pub(super) fn retains_until(&self, object: &Object) -> Option<Timestamp> {
        let period = seconds(&self.attributes["retentionPolicy"]["retentionPeriod"])?;
        let since = object.hold_released.unwrap_or(object.created);
        (!object.is_held(Hold::EventBased)).then(|| since + Duration::from_secs(period))
    }
}

/// Refuses to delete or overwrite an object under a hold, be it kept as a
/// noncurrent version. Google documents the reason `objectUnderActiveHold`, but is
/// said to answer `forbidden` (unverified).
pub(super) fn check_holds(bucket: &str, name: &str, object: &Object) -> Result<(), ApiError> {
    let mut holds = [Hold::EventBased, Hold::Temporary].into_iter();
    match holds.find(|hold| object.is_held(*hold)) {
        None => Ok(()),
        Some(hold) => Err(ApiError::permission_denied(format!(
            "Object '{bucket}/{name}' is under active {} hold and cannot be deleted, overwritten \
             or archived until hold is removed.",
            hold.name()
        ))),
    }
}

/// Refuses to delete or overwrite a generation before its retention period ends.
pub(super) fn check_retention(
    (bucket, row): (&str, &Bucket),
    name: &str,
    object: &Object,
    now: Timestamp,
) -> Result<(), ApiError> {
    match row.retains_until(object).filter(|until| now < *until) {
        None => Ok(()),
        Some(until) => Err(ApiError {
            reason: "retentionPolicyNotMet",
            ..ApiError::permission_denied(format!(
                "Object '{bucket}/{name}' is subject to bucket's retention policy or object \
                 retention and cannot be deleted or overwritten until {until}"
            ))
        }),
    }
}
