//! `instances.list`, and the aggregated lists.

use super::{error::check_zone, machine_types::zones, zones::regions};
use crate::collection::{
    Kind,
    dialect::compute::{PAGING, absolute_url, list_json},
};
use crate::{ApiError, ApiResponse, Call, Cloud};
use serde_json::{Map, Value, json};

pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    check_zone(call)?;
    let id = format!(
        "projects/{}/zones/{}/instances",
        call.path("project"),
        call.path("zone")
    );
    let prefix = format!("{id}/");
    let all = cloud.compute.instances.with_prefix(&prefix);
    let all = all.map(|(key, i)| (key.clone(), i.json(&call.origin)));
    let page = PAGING.page(call, all)?;
    Ok(ApiResponse::Json(list_json(
        page,
        "compute#instanceList",
        &absolute_url(&call.origin, &id),
        &id,
    )))
}

pub(super) fn aggregated(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let prefix = format!("projects/{}/", call.path("project"));
    let all = cloud.compute.instances.with_prefix(&prefix);
    let all = all.map(|(key, instance)| (key.clone(), instance.json(&call.origin)));
    by_zone(call, all, "instances", "compute#instanceAggregatedList")
}

/// The places of an aggregated list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Places {
    Zones,
    /// Regions, and what is global.
    Regions,
    All,
}

impl Places {
    fn scopes(self) -> impl Iterator<Item = String> {
        let zones = zones().iter().map(|zone| format!("zones/{zone}"));
        let regions = regions().into_keys();
        let regions = regions.map(|region| format!("regions/{region}"));
        let regions = std::iter::once("global".to_owned()).chain(regions);
        let zones = zones.filter(move |_| self != Self::Regions);
        zones.chain(regions.filter(move |_| self != Self::Zones))
    }
}

pub(super) fn by_zone(
    call: &Call,
    rows: impl Iterator<Item = (String, Value)>,
    what: &str,
    kind: &str,
) -> Result<ApiResponse, ApiError> {
    by_place(call, Places::Zones, rows, what, kind)
}

/// A page of rows, which have their paths, grouped by place. Every page has an
/// entry for every place; those without rows on it get a warning.
pub(super) fn by_place(
    call: &Call,
    places: Places,
    rows: impl Iterator<Item = (String, Value)>,
    what: &str,
    kind: &str,
) -> Result<ApiResponse, ApiError> {
    let page = PAGING.page(call, rows)?;
    let empty = |scope: String| {
        let warning = json!({ "warning": {
            "code": "NO_RESULTS_ON_PAGE",
            "message": format!("There are no results for scope '{scope}' on this page."),
            "data": [{ "key": "scope", "value": scope }],
        }});
        (scope, warning)
    };
    let mut items: Map<String, Value> = places.scopes().map(empty).collect();
    for (path, row) in page.items {
        let mut parts = path.split('/').skip(2);
        let place = match (parts.next(), parts.next()) {
            (Some(places @ ("zones" | "regions")), Some(place)) => format!("{places}/{place}"),
            _ => "global".to_owned(),
        };
        let scope = items.entry(place).or_insert(Value::Null);
        if !scope[what].is_array() {
            *scope = json!({ what: [] });
        }
        let rows = scope[what].as_array_mut();
        rows.into_iter().for_each(|rows| rows.push(row.clone()));
    }
    let id = format!("projects/{}/aggregated/{what}", call.path("project"));
    let mut json = json!({
        "kind": kind, "id": id, "selfLink": absolute_url(&call.origin, &id), "items": items,
    });
    if let Some(next) = page.next {
        json["nextPageToken"] = next.into();
    }
    Ok(ApiResponse::Json(json))
}

/// The aggregated list of a kind of resource in regions; `name` is that of the list.
pub(super) fn of_kind(
    kind: &'static Kind,
    cloud: &Cloud,
    call: &Call,
    name: &str,
) -> Result<ApiResponse, ApiError> {
    let rows = kind.rows(cloud, &format!("projects/{}/", call.path("project")));
    let rows = rows.map(|(path, row)| {
        let json = kind.to_json(cloud, path, row, &call.origin);
        (path.to_owned(), json)
    });
    by_place(call, Places::Regions, rows, kind.plural(), name)
}
