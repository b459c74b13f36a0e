//! The fields of keys that callers set.

use crate::{ApiError, Call, collection::Row};
use names::Timestamp;
use serde_json::{Value, json};

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

/// The only supported version template.
pub(super) fn template() -> Value {
    json!({ "algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION", "protectionLevel": "SOFTWARE" })
}

/// The seconds of a duration such as `7776000s`.
pub(super) fn seconds(duration: &Value) -> Option<u64> {
    duration.as_str()?.strip_suffix('s')?.parse().ok()
}

/// Checks that a duration is within limits in seconds.
fn check_duration(key: &Value, field: &str, min: u64, max: u64) -> Result<(), ApiError> {
    match seconds(&key[field]) {
        Some(seconds) if (min..=max).contains(&seconds) => Ok(()),
        Some(_) | None => Err(ApiError::invalid(format!(
            "Invalid value at '{field}': it must be from {min}s to {max}s."
        ))),
    }
}

/// Refuses what is invalid or not simulated, and fills in defaults.
pub(super) fn prepare(call: &Call, old: Option<&Row>, key: &mut Value) -> Result<(), ApiError> {
    if key["purpose"].is_null() {
        return Err(ApiError::invalid("CryptoKey.purpose is required."));
    }
    let template = template();
    for (field, requested, only) in [
        ("purpose", &key["purpose"], &json!("ENCRYPT_DECRYPT")),
        (
            "algorithm",
            &key["versionTemplate"]["algorithm"],
            &template["algorithm"],
        ),
        (
            "protectionLevel",
            &key["versionTemplate"]["protectionLevel"],
            &template["protectionLevel"],
        ),
    ] {
        if !requested.is_null() && requested != only {
            let requested = requested.as_str().unwrap_or_default();
            return Err(ApiError::unimplemented(format!(
                "The simulator has no {field} {requested}."
            )));
        }
    }
    key["versionTemplate"] = template;
    if key["destroyScheduledDuration"].is_null() {
        key["destroyScheduledDuration"] = format!("{}s", 30 * DAY).into();
    }
    check_duration(key, "destroyScheduledDuration", DAY, 120 * DAY)?;
    // A recording turns rotation off with 0s, which Google then still shows.
    if !key["rotationPeriod"].is_null() && key["rotationPeriod"] != "0s" {
        check_duration(key, "rotationPeriod", DAY, 876_000 * HOUR)?;
    }
    let next = &key["nextRotationTime"];
    if !next.is_null() && old.is_none_or(|old| old.body["nextRotationTime"] != *next) {
        let next = next.as_str().and_then(|text| text.parse().ok());
        let later = next.filter(|at: &Timestamp| *at > call.now);
        let invalid = "Invalid value at 'nextRotationTime': it must be a time in the future.";
        key["nextRotationTime"] = json!(later.ok_or_else(|| ApiError::invalid(invalid))?);
    }
    Ok(())
}
