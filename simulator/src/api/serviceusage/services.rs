//! `get`, `batchGet` and `list` of the APIs of a project.

use super::{
    ServiceUsage,
    catalog::{APIS, CLIENT_BASED, title},
    consumer::{on_service, project},
    enablement::Enablement,
};
use crate::{ApiError, ApiResponse, Call, Cloud, iam::RequiredPermission};
use names::Timestamp;
use serde_json::{Value, json};

impl ServiceUsage {
    pub(super) fn service(&self, project: &str, api: &str) -> Enablement {
        let always = Enablement {
            enabled: true,
            since: None,
        };
        let others = || {
            let all = self.services.get(&format!("{project}/*"));
            all.filter(|_| !CLIENT_BASED.contains(&api))
        };
        let declared = self.services.get(&format!("{project}/{api}"));
        declared.or_else(others).copied().unwrap_or(always)
    }

    pub(super) fn is_enabled(&self, project: &str, api: &str, now: Timestamp) -> bool {
        self.service(project, api).is_enabled(now)
    }

    /// `projects/{number}/services/{api}` in the API's JSON form.
    pub(super) fn to_json(&self, (id, number): &(String, u64), api: &str, now: Timestamp) -> Value {
        let service = self.service(id, api);
        let on = service.is_enabled(now);
        let parent = format!("projects/{number}");
        let mut json = json!({
            "name": format!("{parent}/services/{api}"),
            "state": if on { "ENABLED" } else { "DISABLED" },
        });
        // A recording omits the parent of an API that was never enabled.
        if service.enabled || service.since.is_some() {
            json["parent"] = parent.into();
        }
        json
    }
}

/// Refuses names that are not those of APIs, with Google's error.
pub(super) fn check_services<'a>(apis: impl IntoIterator<Item = &'a str>) -> Result<(), ApiError> {
    let unknown: Vec<&str> = apis
        .into_iter()
        .filter(|api| title(api).is_none())
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let names = unknown.join(",");
    let message = format!("Not found or permission denied for service(s): {names}.");
    let mut error = ApiError::permission_denied(message);
    error.details.push(json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED",
        "domain": "serviceusage.googleapis.com",
        "metadata": { "services": names },
    }));
    Err(error)
}

pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let project = project(cloud, call)?;
    let api = call.path("service");
    check_services([api])?;
    Ok(ApiResponse::Json(
        cloud.serviceusage.to_json(&project, api, call.now),
    ))
}

/// The APIs in the query parameters `names=projects/p/services/s`.
fn requested_services(call: &Call) -> Result<Vec<&str>, ApiError> {
    let names = call.query.iter().filter(|(key, _)| key == "names");
    let apis: Option<Vec<&str>> = names
        .map(|(_, name)| Some(name.split_once("/services/")?.1))
        .collect();
    apis.filter(|apis| (1..=30).contains(&apis.len()))
        .ok_or_else(|| {
            ApiError::invalid(
                "Invalid value at 'names': 1 to 30 of projects/{project}/services/{service}.",
            )
        })
}

pub(super) fn batch_permissions(
    _: &Cloud,
    call: &Call,
) -> Result<Vec<RequiredPermission>, ApiError> {
    let required = |api| on_service(call, "serviceusage.services.get", api);
    Ok(requested_services(call)?
        .into_iter()
        .map(required)
        .collect())
}

pub(super) fn batch_get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let project = project(cloud, call)?;
    let apis = requested_services(call)?;
    check_services(apis.iter().copied())?;
    let json = apis
        .into_iter()
        .map(|api| cloud.serviceusage.to_json(&project, api, call.now));
    Ok(ApiResponse::Json(
        json!({ "services": json.collect::<Vec<_>>() }),
    ))
}

pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let project = project(cloud, call)?;
    let wanted = match call.query("filter") {
        None => None,
        Some("state:ENABLED") => Some(true),
        Some("state:DISABLED") => Some(false),
        Some(other) => {
            let message = format!("The simulator has no filter {other:?}.");
            return Err(ApiError::unimplemented(message));
        }
    };
    let size = call
        .query_u64("pageSize")?
        .filter(|size| *size > 0)
        .unwrap_or(50)
        .min(200);
    let after = call.query("pageToken").unwrap_or_default();
    let is_enabled = |api: &str| cloud.serviceusage.is_enabled(&project.0, api, call.now);
    let mut rest = APIS
        .iter()
        .map(|(api, _)| *api)
        .filter(|api| *api > after && wanted.is_none_or(|on| on == is_enabled(api)));
    let page: Vec<&str> = rest
        .by_ref()
        .take(usize::try_from(size).unwrap_or(200))
        .collect();
    let mut json = json!({});
    if rest.next().is_some() {
        json["nextPageToken"] = page.last().copied().into();
    }
    let page = page
        .into_iter()
        .map(|api| cloud.serviceusage.to_json(&project, api, call.now));
    json["services"] = page.collect();
    Ok(ApiResponse::Json(json))
}
