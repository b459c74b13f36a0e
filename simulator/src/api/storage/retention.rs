//! Retention policies of buckets, which can be locked.

use super::Storage;
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
            Err(ApiError::permission_denied(format!(
                "Bucket '{bucket}' has a locked Retention Policy which cannot be removed."
            )))
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

impl Storage {
    /// Refuses to delete or overwrite a generation before its retention period
    /// ends.
    pub(super) fn check_retention(
        &self,
        bucket: &str,
        name: &str,
        created: Timestamp,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        let policy = &self.bucket(bucket)?.attributes["retentionPolicy"];
        let Some(period) = seconds(&policy["retentionPeriod"]) else {
            return Ok(());
        };
        let until = created + Duration::from_secs(period);
        if until <= now {
            return Ok(());
        }
        Err(ApiError {
            reason: "retentionPolicyNotMet",
            ..ApiError::permission_denied(format!(
                "Object '{bucket}/{name}' is subject to bucket's retention policy or object \
                 retention and cannot be deleted or overwritten until {until}"
            ))
        })
    }
}
