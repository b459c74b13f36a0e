//! `enable`, `batchEnable` and `disable`.

use super::{
    catalog::BILLED,
    consumer::{on_service, project},
    enablement::Enablement,
    operations::{self, ChangeKind},
    refusal::no_billing,
    services::check_services,
};
use crate::{
    ApiError, ApiResponse, Call, Cloud, api::compute::network::add_defaults,
    iam::RequiredPermission,
};

/// Maximum number of APIs in a call.
const MAX_SERVICES: usize = 20;

fn requested_services(call: &Call) -> Result<Vec<String>, ApiError> {
    let ids = call.body["serviceIds"].as_array().into_iter().flatten();
    let ids: Option<Vec<String>> = ids.map(|id| Some(id.as_str()?.to_owned())).collect();
    let ids = ids.filter(|ids| (1..=MAX_SERVICES).contains(&ids.len()));
    ids.ok_or_else(|| {
        ApiError::invalid(format!(
            "Invalid value at 'service_ids': 1 to {MAX_SERVICES} services."
        ))
    })
}

pub(super) fn batch_permissions(
    _: &Cloud,
    call: &Call,
) -> Result<Vec<RequiredPermission>, ApiError> {
    let required = |api: String| on_service(call, "serviceusage.services.enable", &api);
    Ok(requested_services(call)?
        .into_iter()
        .map(required)
        .collect())
}

pub(super) fn batch_enable(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    begin(
        cloud,
        call,
        requested_services(call)?,
        ChangeKind::BatchEnable,
    )
}

pub(super) fn enable(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    begin(
        cloud,
        call,
        vec![call.path("service").to_owned()],
        ChangeKind::Enable,
    )
}

pub(super) fn disable(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let project = project(cloud, call)?;
    let api = call.path("service");
    check_services([api])?;
    if !cloud.serviceusage.is_enabled(&project.0, api, call.now) {
        // The status is from discovery.
        return Err(ApiError::failed_precondition(format!(
            "The service {api} is not enabled for project {}.",
            project.1
        )));
    }
    begin(cloud, call, vec![api.to_owned()], ChangeKind::Disable)
}

/// Changes all of the APIs or none.
fn begin(
    cloud: &mut Cloud,
    call: &Call,
    apis: Vec<String>,
    kind: ChangeKind,
) -> Result<ApiResponse, ApiError> {
    let project = project(cloud, call)?;
    check_services(apis.iter().map(String::as_str))?;
    if operations::has_pending_change(cloud, &project.0, call.now) {
        // Google's message up to the project number; the rest is unverified.
        return Err(ApiError::failed_precondition(format!(
            "Another activation or deactivation is in progress for project {}. Please try again \
             later.",
            project.1
        )));
    }
    let enable = kind != ChangeKind::Disable;
    let off = |api: &&String| enable != cloud.serviceusage.is_enabled(&project.0, api, call.now);
    let changed: Vec<String> = apis.iter().filter(off).cloned().collect();
    let billed = changed.iter().map(String::as_str);
    let billed: Vec<&str> = billed.filter(|api| BILLED.contains(api)).collect();
    let billing_disabled = cloud
        .iam
        .project(&project.0)
        .is_some_and(|(_, node)| !cloud.has_billing(node));
    if enable && billing_disabled && !billed.is_empty() {
        return Err(no_billing(project.1, &billed));
    }
    let done = if changed.is_empty() {
        call.now
    } else {
        call.now + cloud.serviceusage.delays.operation
    };
    let brings_defaults = enable && changed.iter().any(|api| api == "compute.googleapis.com");
    for api in changed {
        let key = format!("{}/{api}", project.0);
        let change = Enablement::from(enable, done);
        cloud.serviceusage.services.insert(key, change);
    }
    if brings_defaults {
        add_defaults(cloud, &project.0, call.now);
    }
    let what = (kind, apis.as_slice());
    Ok(operations::begin(cloud, call, &project, what, done))
}
