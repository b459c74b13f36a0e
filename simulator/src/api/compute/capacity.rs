//! Quotas and stockouts: why a valid request for a machine is refused.

use super::{
    instance::{Instance, Status},
    machine_types::ACCELERATORS,
    store::Compute,
    zones::region_of,
};
use crate::collection::OperationError;
use serde_json::json;

/// Why `wanted` cannot be provisioned now, if so. Quotas are checked first, as
/// Google does.
pub(super) fn refusal(compute: &Compute, wanted: &Instance) -> Option<OperationError> {
    over_quota(compute, wanted).or_else(|| out_of_stock(compute, wanted))
}

fn over_quota(compute: &Compute, wanted: &Instance) -> Option<OperationError> {
    let region = region_of(&wanted.zone);
    let prefix = format!("projects/{}/", wanted.project);
    // A stopped machine counts towards INSTANCES but holds no GPU; one with GPUs
    // cannot be suspended.
    let others = || {
        let all = compute
            .instances
            .with_prefix(&prefix)
            .map(|(_, other)| other);
        all.filter(|other| other.id != wanted.id)
    };
    let machines = u32::try_from(others().count()).unwrap_or(u32::MAX);
    if machines >= compute.settings.instances {
        return Some(quota("INSTANCES", compute.settings.instances, Some(region)));
    }
    let (model, count) = wanted.gpus()?;
    let holding = || others().filter(|other| other.status != Status::Terminated);
    let in_all: u32 = holding().filter_map(|other| Some(other.gpus()?.1)).sum();
    if in_all.saturating_add(count) > compute.settings.gpus_all_regions {
        return Some(quota(
            "GPUS_ALL_REGIONS",
            compute.settings.gpus_all_regions,
            None,
        ));
    }
    let here: u32 = holding()
        .filter(|other| region_of(&other.zone) == region && other.is_spot() == wanted.is_spot())
        .filter_map(|other| other.gpus().filter(|(kind, _)| *kind == model))
        .map(|(_, count)| count)
        .sum();
    let limit = compute.settings.region_gpus(region);
    if here.saturating_add(count) <= limit {
        return None;
    }
    let metric = ACCELERATORS.iter().find(|known| known.name == model)?.quota;
    let spot = if wanted.is_spot() { "PREEMPTIBLE_" } else { "" };
    Some(quota(&format!("{spot}{metric}"), limit, Some(region)))
}

fn quota(metric: &str, limit: u32, region: Option<&str>) -> OperationError {
    let place = region.map_or_else(
        || "globally".to_owned(),
        |region| format!("in region {region}"),
    );
    let (suffix, dimensions) = match region {
        Some(region) => ("per-project-region", json!({ "region": region })),
        None => ("per-project", json!({ "global": "global" })),
    };
    let name = metric.replace('_', "-");
    OperationError {
        code: "QUOTA_EXCEEDED".to_owned(),
        message: format!("Quota '{metric}' exceeded.  Limit: {limit}.0 {place}."),
        details: vec![json!({ "quotaInfo": {
            "metricName": format!("compute.googleapis.com/{}", metric.to_lowercase()),
            "limitName": format!("{name}-{suffix}"),
            "dimensions": dimensions,
            "limit": limit,
        }})],
        http_status: 403,
        http_message: "FORBIDDEN".to_owned(),
    }
}

fn out_of_stock(compute: &Compute, wanted: &Instance) -> Option<OperationError> {
    let settings = &compute.settings;
    let out = |what: &str| {
        settings
            .stockouts
            .contains(&(wanted.zone.clone(), what.to_owned()))
    };
    let gpus = wanted.gpus();
    if !out(wanted.machine_type()) && !gpus.is_some_and(|(model, _)| out(model)) {
        return None;
    }
    let zone = format!("projects/{}/zones/{}", wanted.project, wanted.zone);
    let zones = settings.zones_available.join(",");
    let mut error = OperationError {
        code: "ZONE_RESOURCE_POOL_EXHAUSTED".to_owned(),
        message: format!(
            "The zone '{zone}' does not have enough resources available to fulfill the request. \
             Try a different zone, or try again later."
        ),
        details: Vec::new(),
        http_status: 503,
        http_message: "SERVICE UNAVAILABLE".to_owned(),
    };
    if !zones.is_empty() {
        error.code.push_str("_WITH_DETAILS");
        let attachment = gpus.map_or_else(String::new, |(model, n)| format!("{model}:{n}"));
        error.details = vec![json!({ "errorInfo": {
            "domain": "compute.googleapis.com",
            "reason": "resource_availability",
            "metadatas": {
                "attachment": attachment,
                "vmType": wanted.machine_type(),
                "zone": wanted.zone,
                "zonesAvailable": zones,
            },
        }})];
    }
    Some(error)
}

/// The error of an insert whose machine was preempted before it ran.
pub(super) fn preempted_during_start() -> OperationError {
    OperationError {
        code: "UNSUPPORTED_OPERATION".to_owned(),
        message: "The instance was preempted while it was being created.".to_owned(),
        details: Vec::new(),
        http_status: 400,
        http_message: "BAD REQUEST".to_owned(),
    }
}
