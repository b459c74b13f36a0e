//! Retention: how long objects must be kept, and buckets that never forget it.

use super::Storage;
use crate::ApiError;
use names::{Duration, Timestamp};
use serde_json::{Value, json};

fn seconds(period: &Value) -> Option<u64> {
    period.as_u64().or_else(|| period.as_str()?.parse().ok())
}

/// A hundred years, in seconds: Google's longest period.
const LONGEST: u64 = 3_155_760_000;

/// Checks a written `retentionPolicy` against the one that is there, and says
/// what is to be kept: `null` if none is.
///
/// # Errors
/// A period that is none; a locked one cannot shrink or go. The status of
/// that is Google's, the words nearly.
pub(super) fn written(
    bucket: &str,
    old: &Value,
    policy: &Value,
    now: Timestamp,
) -> Result<Value, ApiError> {
    let locked = old["isLocked"] == true;
    if policy.is_null() {
        return if locked {
            Err(ApiError::denied(format!(
                "Bucket '{bucket}' has a locked Retention Policy which cannot be removed."
            )))
        } else {
            Ok(Value::Null)
        };
    }
    let period = seconds(&policy["retentionPeriod"]).filter(|p| (1..=LONGEST).contains(p));
    let period = period.ok_or_else(|| {
        ApiError::invalid(format!("Invalid retention period: 1 to {LONGEST} seconds."))
    })?;
    let before = seconds(&old["retentionPeriod"]);
    if locked && before.is_some_and(|before| period < before) {
        return Err(ApiError::denied(format!(
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
    /// Refuses to lose a generation before its time.
    pub(super) fn may_lose(
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
            ..ApiError::denied(format!(
                "Object '{bucket}/{name}' is subject to bucket's retention policy or object \
                 retention and cannot be deleted or overwritten until {until}"
            ))
        })
    }
}
