//! How the requests to a service are divided among its revisions.

use crate::ApiError;
use serde_json::{Value, json};
use std::borrow::Cow;

const LATEST: &str = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST";
const REVISION: &str = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION";

/// Checks the traffic of a service and fills in types. None is stored as given,
/// and goes to the latest revision, as recorded. `exists` tells which
/// revisions exist, by ID. Messages but the last are unverified; Google may
/// answer with an operation that fails.
pub(super) fn complete(
    traffic: Option<&mut Value>,
    exists: impl Fn(&str) -> bool,
) -> Result<(), ApiError> {
    let targets = match traffic.and_then(Value::as_array_mut) {
        Some(targets) if !targets.is_empty() => targets,
        Some(_) | None => return Ok(()),
    };
    let mut tags = Vec::new();
    let mut sum = 0;
    for target in targets {
        let read = |field: &str| target.get(field).and_then(Value::as_str).map(str::to_owned);
        let percent = target.get("percent").and_then(Value::as_i64);
        let percent = percent.unwrap_or_default();
        if !(0..=100).contains(&percent) {
            return Err(ApiError::invalid(format!(
                "service.traffic: percent {percent} is not between 0 and 100."
            )));
        }
        sum += percent;
        if let Some(tag) = read("tag") {
            if !is_tag(&tag) || tags.contains(&tag) {
                return Err(ApiError::invalid(format!(
                    "service.traffic: tag {tag:?} is not valid, or given twice."
                )));
            }
            tags.push(tag);
        }
        let revision = read("revision");
        let kind = revision.as_ref().map_or(LATEST, |_| REVISION);
        if let Some(declared) = read("type").filter(|declared| declared != kind) {
            return Err(ApiError::invalid(format!(
                "service.traffic: type {declared} does not fit revision {:?}.",
                revision.unwrap_or_default()
            )));
        }
        if let Some(missing) = revision.filter(|id| !exists(id)) {
            return Err(ApiError::failed_precondition(format!(
                "Revision '{missing}' does not exist or is deleted. Update all traffic to route \
                 to currently available revisions."
            )));
        }
        target["type"] = kind.into();
    }
    match sum {
        100 => Ok(()),
        _ => Err(ApiError::invalid(format!(
            "service.traffic: the percentages add up to {sum}, not 100."
        ))),
    }
}

fn is_tag(tag: &str) -> bool {
    tag.len() <= 46 && crate::collection::is_rfc1035(tag)
}

/// The traffic with its default.
pub(super) fn targets(traffic: &Value) -> Cow<'_, [Value]> {
    match traffic.as_array() {
        Some(targets) if !targets.is_empty() => targets.into(),
        Some(_) | None => vec![json!({ "type": LATEST, "percent": 100 })].into(),
    }
}

/// The observed traffic; tags have URIs of their own.
pub(super) fn statuses(traffic: &Value, host: &str) -> Value {
    targets(traffic)
        .iter()
        .map(|target| {
            let mut status = target.clone();
            if let Some(tag) = target["tag"].as_str() {
                status["uri"] = format!("https://{tag}---{host}").into();
            }
            status
        })
        .collect()
}

/// Whether a revision gets requests, or can get them by its tag.
pub(super) fn reaches(traffic: &Value, revision: &str, is_latest: bool) -> bool {
    targets(traffic).iter().any(|target| {
        (target["revision"] == revision || is_latest && target["type"] == LATEST)
            && (target["percent"].as_i64() > Some(0) || target["tag"].is_string())
    })
}
