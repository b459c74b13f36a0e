//! One API of one project: whether it is on, and whether it answers yet.

use super::{
    ServiceUsage,
    catalog::{APIS, CLIENT_BASED, title},
    consumer::{on_service, project},
    service::Service,
};
use crate::{Answer, ApiError, Call, Cloud, iam::Need};
use names::Timestamp;
use serde_json::{Value, json};

impl ServiceUsage {
    pub(super) fn service(&self, project: &str, api: &str) -> Service {
        let always = Service {
            enabled: true,
            since: None,
        };
        let others = || {
            let all = self.services.get(&format!("{project}/*"));
            all.filter(|_| !CLIENT_BASED.contains(&api))
        };
        let said = self.services.get(&format!("{project}/{api}"));
        said.or_else(others).copied().unwrap_or(always)
    }

    pub(super) fn is_enabled(&self, project: &str, api: &str, now: Timestamp) -> bool {
        self.service(project, api).is_enabled(now)
    }

    /// `projects/{number}/services/{api}` as the API shows it.
    pub(super) fn shown(&self, (id, number): &(String, u64), api: &str, now: Timestamp) -> Value {
        let service = self.service(id, api);
        let on = service.is_enabled(now);
        let parent = format!("projects/{number}");
        let mut shown = json!({
            "name": format!("{parent}/services/{api}"),
            "state": if on { "ENABLED" } else { "DISABLED" },
        });
        // A recording leaves it out of an API that was never on.
        if service.enabled || service.since.is_some() {
            shown["parent"] = parent.into();
        }
        shown
    }
}

/// Google's answer to who names an API that is none.
pub(super) fn known<'a>(apis: impl IntoIterator<Item = &'a str>) -> Result<(), ApiError> {
    let unknown: Vec<&str> = apis
        .into_iter()
        .filter(|api| title(api).is_none())
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let names = unknown.join(",");
    let message = format!("Not found or permission denied for service(s): {names}.");
    let mut error = ApiError::denied(message);
    error.details.push(json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED",
        "domain": "serviceusage.googleapis.com",
        "metadata": { "services": names },
    }));
    Err(error)
}

pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let project = project(cloud, call)?;
    let api = call.path("service");
    known([api])?;
    Ok(Answer::Json(
        cloud.serviceusage.shown(&project, api, call.now),
    ))
}

/// The APIs that the query names as `names=projects/p/services/s`.
fn named(call: &Call) -> Result<Vec<&str>, ApiError> {
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

pub(super) fn batch_needs(_: &Cloud, call: &Call) -> Result<Vec<Need>, ApiError> {
    let need = |api| on_service(call, "serviceusage.services.get", api);
    Ok(named(call)?.into_iter().map(need).collect())
}

pub(super) fn batch_get(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let project = project(cloud, call)?;
    let apis = named(call)?;
    known(apis.iter().copied())?;
    let shown = apis
        .into_iter()
        .map(|api| cloud.serviceusage.shown(&project, api, call.now));
    Ok(Answer::Json(
        json!({ "services": shown.collect::<Vec<_>>() }),
    ))
}

pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
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
    let is = |api: &str| cloud.serviceusage.is_enabled(&project.0, api, call.now);
    let mut rest = APIS
        .iter()
        .map(|(api, _)| *api)
        .filter(|api| *api > after && wanted.is_none_or(|on| on == is(api)));
    let page: Vec<&str> = rest
        .by_ref()
        .take(usize::try_from(size).unwrap_or(200))
        .collect();
    let mut shown = json!({});
    if rest.next().is_some() {
        shown["nextPageToken"] = page.last().copied().into();
    }
    let page = page
        .into_iter()
        .map(|api| cloud.serviceusage.shown(&project, api, call.now));
    shown["services"] = page.collect();
    Ok(Answer::Json(shown))
}
