//! Symmetric keys as they are stored.

use crate::ApiError;
use names::{Duration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

const HOUR: u64 = 3600;

pub(super) const DAY: u64 = 24 * HOUR;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) created: Timestamp,
    pub(super) labels: BTreeMap<String, String>,
    /// Number of the primary version.
    pub(super) primary: Option<u32>,
    /// Highest version number so far.
    pub(super) last: u32,
    pub(super) rotation_period: Option<Duration>,
    pub(super) next_rotation: Option<Timestamp>,
    pub(super) destroy_delay: Duration,
}

/// A duration such as `7776000s`, with limits in seconds.
pub(super) fn duration(
    body: &Value,
    field: &str,
    min: u64,
    max: u64,
) -> Result<Option<Duration>, ApiError> {
    if body[field].is_null() {
        return Ok(None);
    }
    let text = body[field].as_str().and_then(|text| text.strip_suffix('s'));
    let value = text.and_then(|digits| digits.parse().ok());
    let fits = value.filter(|secs| (min..=max).contains(secs));
    match fits {
        Some(secs) => Ok(Some(Duration::from_secs(secs))),
        None => Err(ApiError::invalid(format!(
            "Invalid value at '{field}': it must be from {min}s to {max}s."
        ))),
    }
}

impl Key {
    pub(super) fn set_rotation_period(&mut self, body: &Value) -> Result<(), ApiError> {
        // A recording turns rotation off with 0s, which Google then still
        // shows.
        self.rotation_period = if body["rotationPeriod"] == "0s" {
            Some(Duration::ZERO)
        } else {
            duration(body, "rotationPeriod", DAY, 876_000 * HOUR)?
        };
        Ok(())
    }

    pub(super) fn set_next_rotation(
        &mut self,
        body: &Value,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        let text = &body["nextRotationTime"];
        self.next_rotation = if text.is_null() {
            None
        } else {
            let at = text.as_str().and_then(|text| text.parse().ok());
            let later = at.filter(|at| *at > now);
            let invalid = "Invalid value at 'nextRotationTime': it must be a time in the future.";
            Some(later.ok_or_else(|| ApiError::invalid(invalid))?)
        };
        Ok(())
    }

    pub(super) fn set_labels(&mut self, body: &Value) -> Result<(), ApiError> {
        let labels = Some(&body["labels"]).filter(|labels| !labels.is_null());
        self.labels = labels
            .map_or_else(|| Ok(BTreeMap::new()), BTreeMap::deserialize)
            .map_err(|_| ApiError::invalid("Invalid value at 'labels': text by text."))?;
        Ok(())
    }
}
