//! Read-only methods: machines, their serial output, zones, regions, projects.

use super::{
    change, machine_types,
    machine_types::{ACCELERATORS, PER_FAMILY},
    reference::{last_segment, resolve_account},
    zones::{self, region_of},
};
use crate::collection::dialect::compute::{
    PAGING, absolute_url, fingerprint, list_json, make_links_absolute, not_found,
};
use crate::{ApiError, ApiResponse, Call, Cloud};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) fn instance(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    Ok(ApiResponse::Json(
        change::find(cloud, call)?.json(&call.origin),
    ))
}

/// The serial output from `start` on. Only port 1 has any.
pub(super) fn serial_port(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let instance = change::find(cloud, call)?;
    let port = call.query_u64("port")?.unwrap_or(1);
    let text = if port == 1 {
        instance.serial.as_str()
    } else {
        ""
    };
    let requested = call.query_u64("start")?.unwrap_or(0);
    let start = text.ceil_char_boundary(
        usize::try_from(requested)
            .unwrap_or(usize::MAX)
            .min(text.len()),
    );
    Ok(ApiResponse::Json(json!({
        "kind": "compute#serialPortOutput",
        "selfLink": absolute_url(&call.origin, &format!("{}/serialPort", instance.path())),
        "contents": text[start..],
        "start": start.to_string(),
        "next": text.len().to_string(),
    })))
}

/// Responds with one resource of a catalog collection.
pub(super) fn single(
    call: &Call,
    scope: &str,
    name: &str,
    all: Vec<Value>,
) -> Result<ApiResponse, ApiError> {
    let found = all.into_iter().find(|item| item["name"] == name);
    let mut item = found.ok_or_else(|| not_found(&format!("{scope}/{name}")))?;
    make_links_absolute(&mut item, &call.origin);
    Ok(ApiResponse::Json(item))
}

/// Responds with a page of a catalog collection.
pub(super) fn page(
    call: &Call,
    scope: &str,
    kind: &str,
    all: Vec<Value>,
) -> Result<ApiResponse, ApiError> {
    let rows = all.into_iter().map(|mut item| {
        make_links_absolute(&mut item, &call.origin);
        (item["name"].as_str().unwrap_or_default().to_owned(), item)
    });
    let page = PAGING.page(call, rows)?;
    Ok(ApiResponse::Json(list_json(
        page,
        kind,
        &absolute_url(&call.origin, scope),
        scope,
    )))
}

/// A stable numeric ID for a resource of the catalog.
pub(super) fn id(path: &str) -> String {
    path.bytes()
        .fold(7_u64, |hash, b| {
            hash.wrapping_mul(31).wrapping_add(b.into())
        })
        .to_string()
}

fn zone_list(call: &Call) -> (String, Vec<Value>) {
    let scope = format!("projects/{}/zones", call.path("project"));
    let all = machine_types::zones().iter().map(|zone| {
        let region = region_of(zone);
        json!({
            "kind": "compute#zone",
            "id": id(zone),
            "name": zone,
            "description": zone,
            "status": "UP",
            "region": format!("projects/{}/regions/{region}", call.path("project")),
            "selfLink": format!("{scope}/{zone}"),
        })
    });
    let all = all.collect();
    (scope, all)
}

pub(super) fn zone(_: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (scope, all) = zone_list(call);
    single(call, &scope, call.path("zone"), all)
}

pub(super) fn zones(_: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (scope, all) = zone_list(call);
    page(call, &scope, "compute#zoneList", all)
}

fn region_list(cloud: &Cloud, call: &Call) -> (String, Vec<Value>) {
    let project = call.path("project");
    let scope = format!("projects/{project}/regions");
    let all = zones::regions().into_iter().map(|(region, zones)| {
        let limit = cloud.compute.settings.region_gpus(region);
        let metrics: BTreeSet<&str> = ACCELERATORS.iter().map(|item| item.quota).collect();
        let quotas: Vec<Value> = metrics
            .iter()
            .filter(|metric| **metric != PER_FAMILY)
            .flat_map(|metric| [(*metric).to_owned(), format!("PREEMPTIBLE_{metric}")])
            .map(|metric| json!({ "metric": metric, "limit": limit, "usage": 0 }))
            .collect();
        let zone = |zone| absolute_url(&call.origin, &format!("projects/{project}/zones/{zone}"));
        json!({
            "kind": "compute#region",
            "id": id(region),
            "name": region,
            "description": region,
            "status": "UP",
            "quotas": quotas,
            "zones": zones.into_iter().map(zone).collect::<Vec<_>>(),
            "selfLink": format!("{scope}/{region}"),
        })
    });
    let all = all.collect();
    (scope, all)
}

pub(super) fn region(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (scope, all) = region_list(cloud, call);
    single(call, &scope, call.path("region"), all)
}

pub(super) fn regions(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (scope, all) = region_list(cloud, call);
    page(call, &scope, "compute#regionList", all)
}

pub(super) fn project(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let project = call.path("project");
    let path = format!("projects/{project}");
    let number = cloud.iam.project_number(project);
    let settings = &cloud.compute.settings;
    let prefix = format!("{path}/");
    let machines = || {
        cloud
            .compute
            .instances
            .with_prefix(&prefix)
            .map(|(_, instance)| instance)
    };
    let gpus: u32 = machines()
        .filter_map(|instance| Some(instance.gpus()?.1))
        .sum();
    Ok(ApiResponse::Json(json!({
        "kind": "compute#project",
        "id": number,
        "name": last_segment(&path),
        "selfLink": absolute_url(&call.origin, &path),
        "defaultServiceAccount": resolve_account("default", &number),
        "commonInstanceMetadata": {
            "kind": "compute#metadata",
            "fingerprint": fingerprint(&json!({})),
        },
        "cloudArmorTier": "CA_STANDARD",
        "defaultNetworkTier": "PREMIUM",
        "xpnProjectStatus": "UNSPECIFIED_XPN_PROJECT_STATUS",
        "quotas": [
            { "metric": "GPUS_ALL_REGIONS", "limit": settings.gpus_all_regions, "usage": gpus },
            { "metric": "INSTANCES", "limit": settings.instances, "usage": machines().count() },
        ],
    })))
}
