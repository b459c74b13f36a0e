//! `instances.list` and `aggregatedList`.

use super::{catalog, error::check_zone, reference::last_segment};
use crate::collection::dialect::compute::{PAGING, absolute_url, list_json};
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

/// A page of rows grouped by zone. Every page has an entry for every zone;
/// zones without rows on it get a warning.
pub(super) fn by_zone(
    call: &Call,
    rows: impl Iterator<Item = (String, Value)>,
    what: &str,
    kind: &str,
) -> Result<ApiResponse, ApiError> {
    let page = PAGING.page(call, rows)?;
    let mut items: Map<String, Value> = catalog::zones()
        .map(|zone| {
            let scope = format!("zones/{zone}");
            let empty = json!({ "warning": {
                "code": "NO_RESULTS_ON_PAGE",
                "message": format!("There are no results for scope '{scope}' on this page."),
                "data": [{ "key": "scope", "value": scope }],
            }});
            (scope, empty)
        })
        .collect();
    for (_, row) in page.items {
        let zone = format!(
            "zones/{}",
            last_segment(row["zone"].as_str().unwrap_or_default())
        );
        let scope = items.entry(zone).or_insert(Value::Null);
        if !scope[what].is_array() {
            *scope = json!({ what: [] });
        }
        scope[what]
            .as_array_mut()
            .into_iter()
            .for_each(|rows| rows.push(row.clone()));
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
