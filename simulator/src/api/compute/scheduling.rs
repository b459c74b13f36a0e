//! The `scheduling` of an insert: checks of combinations, and defaults.

use super::{error::check_fields, instance::duration};
use crate::ApiError;
use crate::collection::dialect::compute::invalid_value;
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
fn refuse<T>(object: &Value, field: &str, reason: &str) -> Result<T, ApiError> {
    let given = object[field]
        .as_str()
        .map_or_else(|| object[field].to_string(), str::to_owned);
    Err(invalid_value(
        &format!("scheduling.{field}"),
        &given,
        reason,
    ))
}

/// An optional field whose value is one of `choices`.
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

pub(super) fn read_scheduling(
    requested: &Value,
    migrates: bool,
    now: Timestamp,
) -> Result<Value, ApiError> {
    let none = Value::Object(Map::new());
    let requested = if requested.is_null() {
        &none
    } else {
        requested
    };
    check_fields(requested, "resource.scheduling", SCHEDULING)?;
    let models = ["STANDARD", "SPOT", "FLEX_START", "RESERVATION_BOUND"];
    let model = choice(requested, "provisioningModel", &models)?;
    let spot = model == Some("SPOT") || flag(requested, "preemptible")? == Some(true);
    let maintenance = choice(requested, "onHostMaintenance", &["MIGRATE", "TERMINATE"])?;
    let action = choice(requested, "instanceTerminationAction", &["DELETE", "STOP"])?;
    let restart = flag(requested, "automaticRestart")?;

    if !migrates && maintenance != Some("TERMINATE") && !(spot && maintenance.is_none()) {
        let reason = "Instances with guest accelerators do not support live migration.";
        return Err(invalid_value(
            "scheduling.onHostMaintenance",
            maintenance.unwrap_or("MIGRATE"),
            reason,
        ));
    }
    if spot && maintenance == Some("MIGRATE") {
        let reason =
            "Scheduling must have onHostMaintenance set to TERMINATE for preemptible instances.";
        return Err(invalid_value(
            "scheduling.onHostMaintenance",
            "MIGRATE",
            reason,
        ));
    }
    if spot && restart == Some(true) {
        let reason = "Scheduling cannot have automaticRestart be true for preemptible instances.";
        return Err(invalid_value("scheduling.automaticRestart", "true", reason));
    }
    let end = requested["terminationTime"].as_str();
    if let Some(end) = end {
        let at: Option<Timestamp> = end.parse().ok();
        if at.is_none_or(|at| at <= now) {
            let reason = "Must be an RFC 3339 time in the future.";
            return Err(invalid_value("scheduling.terminationTime", end, reason));
        }
    }
    let run = &requested["maxRunDuration"];
    if !run.is_null() {
        let days = 24 * 60 * 60;
        let allowed = Duration::from_secs(30)..=Duration::from_secs(120 * days);
        if duration(run).is_none_or(|duration| !allowed.contains(&duration)) {
            let reason = "Must be between 30 seconds and 120 days.";
            return Err(invalid_value(
                "scheduling.maxRunDuration",
                &run.to_string(),
                reason,
            ));
        }
        if end.is_some() {
            let reason = "Cannot be given together with maxRunDuration.";
            return Err(invalid_value(
                "scheduling.terminationTime",
                end.unwrap_or_default(),
                reason,
            ));
        }
    }
    if let Some(action) = action.filter(|_| !spot && run.is_null() && end.is_none()) {
        let reason =
            "Only Spot instances and those with a limited run time have a termination action.";
        return Err(invalid_value(
            "scheduling.instanceTerminationAction",
            action,
            reason,
        ));
    }

    let mut scheduling = requested.clone();
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
