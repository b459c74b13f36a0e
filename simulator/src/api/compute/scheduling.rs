//! The `scheduling` of an insert: what goes together, and the defaults.

use super::{
    error::{known, wrong},
    instance::span,
};
use crate::ApiError;
use names::{Duration, Timestamp};
use serde_json::{Map, Value};

/// The fields of `scheduling` (discovery, compute v1).
const SCHEDULING: &[&str] = &[
    "automaticRestart",
    "availabilityDomain",
    "exposeHostTopology",
    "gracefulShutdown",
    "hostErrorTimeoutSeconds",
    "instanceTerminationAction",
    "localSsdRecoveryTimeout",
    "locationHint",
    "maxRunDuration",
    "minNodeCpus",
    "nodeAffinities",
    "onHostMaintenance",
    "onInstanceStopAction",
    "preemptible",
    "preemptionNoticeDuration",
    "protectionTier",
    "provisioningModel",
    "skipGuestOsShutdown",
    "terminationTime",
];

/// 400 for a field of `scheduling`.
fn refuse<T>(object: &Value, field: &str, why: &str) -> Result<T, ApiError> {
    let given = object[field]
        .as_str()
        .map_or_else(|| object[field].to_string(), str::to_owned);
    Err(wrong(&format!("scheduling.{field}"), &given, why))
}

/// One of `choices`, or nothing.
fn choice<'a>(
    object: &'a Value,
    field: &str,
    choices: &[&str],
) -> Result<Option<&'a str>, ApiError> {
    let given = object[field]
        .as_str()
        .filter(|given| choices.contains(given));
    if given.is_none() && !object[field].is_null() {
        return refuse(
            object,
            field,
            &format!("Must be one of {}.", choices.join(", ")),
        );
    }
    Ok(given)
}

fn flag(object: &Value, field: &str) -> Result<Option<bool>, ApiError> {
    let given = object[field].as_bool();
    if given.is_none() && !object[field].is_null() {
        return refuse(object, field, "Must be a boolean.");
    }
    Ok(given)
}

pub(super) fn scheduling(asked: &Value, gpus: bool, now: Timestamp) -> Result<Value, ApiError> {
    let none = Value::Object(Map::new());
    let asked = if asked.is_null() { &none } else { asked };
    known(asked, "resource.scheduling", SCHEDULING)?;
    let models = ["STANDARD", "SPOT", "FLEX_START", "RESERVATION_BOUND"];
    let model = choice(asked, "provisioningModel", &models)?;
    let spot = model == Some("SPOT") || flag(asked, "preemptible")? == Some(true);
    let maintenance = choice(asked, "onHostMaintenance", &["MIGRATE", "TERMINATE"])?;
    let action = choice(asked, "instanceTerminationAction", &["DELETE", "STOP"])?;
    let restart = flag(asked, "automaticRestart")?;

    if gpus && maintenance != Some("TERMINATE") && !(spot && maintenance.is_none()) {
        let why = "Instances with guest accelerators do not support live migration.";
        return Err(wrong(
            "scheduling.onHostMaintenance",
            maintenance.unwrap_or("MIGRATE"),
            why,
        ));
    }
    if spot && maintenance == Some("MIGRATE") {
        let why =
            "Scheduling must have onHostMaintenance set to TERMINATE for preemptible instances.";
        return Err(wrong("scheduling.onHostMaintenance", "MIGRATE", why));
    }
    if spot && restart == Some(true) {
        let why = "Scheduling cannot have automaticRestart be true for preemptible instances.";
        return Err(wrong("scheduling.automaticRestart", "true", why));
    }
    let end = asked["terminationTime"].as_str();
    if let Some(end) = end {
        let at: Option<Timestamp> = end.parse().ok();
        if at.is_none_or(|at| at <= now) {
            let why = "Must be an RFC 3339 time in the future.";
            return Err(wrong("scheduling.terminationTime", end, why));
        }
    }
    let run = &asked["maxRunDuration"];
    if !run.is_null() {
        let days = 24 * 60 * 60;
        let allowed = Duration::from_secs(30)..=Duration::from_secs(120 * days);
        if span(run).is_none_or(|span| !allowed.contains(&span)) {
            let why = "Must be between 30 seconds and 120 days.";
            return Err(wrong("scheduling.maxRunDuration", &run.to_string(), why));
        }
        if end.is_some() {
            let why = "Cannot be given together with maxRunDuration.";
            return Err(wrong(
                "scheduling.terminationTime",
                end.unwrap_or_default(),
                why,
            ));
        }
    }
    if let Some(action) = action.filter(|_| !spot && run.is_null() && end.is_none()) {
        let why =
            "Only Spot instances and those with a limited run time have a termination action.";
        return Err(wrong("scheduling.instanceTerminationAction", action, why));
    }

    let mut scheduling = asked.clone();
    scheduling["onHostMaintenance"] = maintenance
        .unwrap_or(if spot { "TERMINATE" } else { "MIGRATE" })
        .into();
    scheduling["automaticRestart"] = restart.unwrap_or(!spot).into();
    scheduling["preemptible"] = spot.into();
    scheduling["provisioningModel"] = model
        .unwrap_or(if spot { "SPOT" } else { "STANDARD" })
        .into();
    Ok(scheduling)
}
