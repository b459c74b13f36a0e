//! Enabling and disabling.

use super::{
    catalog::BILLED,
    consumer::{on_service, project},
    enablement::known,
    operation::{Operation, Outcome},
    refusal::no_billing,
    service::Service,
};
use crate::{Answer, ApiError, Call, Cloud, iam::Need};
use names::Duration;

/// How long a change runs.
const RUNS: Duration = Duration::from_secs(10);
/// APIs in one call.
const MOST: usize = 20;

fn asked(call: &Call) -> Result<Vec<String>, ApiError> {
    let ids = call.body["serviceIds"].as_array().into_iter().flatten();
    let ids: Option<Vec<String>> = ids.map(|id| Some(id.as_str()?.to_owned())).collect();
    let ids = ids.filter(|ids| (1..=MOST).contains(&ids.len()));
    ids.ok_or_else(|| {
        ApiError::invalid(format!(
            "Invalid value at 'service_ids': 1 to {MOST} services."
        ))
    })
}

pub(super) fn batch_needs(_: &Cloud, call: &Call) -> Result<Vec<Need>, ApiError> {
    let need = |api: String| on_service(call, "serviceusage.services.enable", &api);
    Ok(asked(call)?.into_iter().map(need).collect())
}

pub(super) fn batch_enable(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    begin(cloud, call, asked(call)?, Outcome::BatchEnable)
}

pub(super) fn enable(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    begin(
        cloud,
        call,
        vec![call.path("service").to_owned()],
        Outcome::Enable,
    )
}

pub(super) fn disable(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let project = project(cloud, call)?;
    let api = call.path("service");
    known([api])?;
    if !cloud.serviceusage.is_enabled(&project.0, api, call.now) {
        // The status is discovery's.
        return Err(ApiError::failed_precondition(format!(
            "The service {api} is not enabled for project {}.",
            project.1
        )));
    }
    begin(cloud, call, vec![api.to_owned()], Outcome::Disable)
}

/// Changes all of them or none.
fn begin(
    cloud: &mut Cloud,
    call: &Call,
    apis: Vec<String>,
    outcome: Outcome,
) -> Result<Answer, ApiError> {
    let project = project(cloud, call)?;
    known(apis.iter().map(String::as_str))?;
    let usage = &mut cloud.serviceusage;
    if usage.busy(&project.0, call.now) {
        // Google's words up to the project's number; the rest is unverified.
        return Err(ApiError::failed_precondition(format!(
            "Another activation or deactivation is in progress for project {}. Please try again \
             later.",
            project.1
        )));
    }
    let enable = outcome != Outcome::Disable;
    let off = |api: &&String| enable != usage.is_enabled(&project.0, api, call.now);
    let changed: Vec<String> = apis.iter().filter(off).cloned().collect();
    let billed = changed.iter().map(String::as_str);
    let billed: Vec<&str> = billed.filter(|api| BILLED.contains(api)).collect();
    let unbilled = cloud
        .iam
        .project(&project.0)
        .is_some_and(|(_, node)| node.unbilled);
    if enable && unbilled && !billed.is_empty() {
        return Err(no_billing(project.1, &billed));
    }
    let noop = changed.is_empty();
    let done = if noop { call.now } else { call.now + RUNS };
    for api in changed {
        let key = format!("{}/{api}", project.0);
        usage.services.insert(key, Service::from(enable, done));
    }
    let operation = Operation {
        project,
        apis,
        outcome,
        done,
    };
    if noop {
        let name = "operations/noop.DONE_OPERATION";
        return Ok(Answer::Json(operation.shown(name, usage, call.now)));
    }
    let name = operation.name(call.now);
    let shown = operation.shown(&name, usage, call.now);
    usage.operations.insert(name, operation);
    Ok(Answer::Json(shown))
}
