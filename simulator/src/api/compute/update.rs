//! Methods that set fields of an existing machine: its tags, machine type,
//! service account, scheduling and deletion protection.

use super::{
    change::{change, find, path_of},
    context::InsertContext,
    error::check_fields,
    hardware::check_machine_type,
    instance::{Instance, Status},
    reference::resolve_account,
    scheduling::read_scheduling,
    validate::{check_fingerprint, check_name},
};
use crate::collection::{
    dialect::compute::{fingerprint, invalid_value, not_found},
    dialect::compute_operations as operations,
    merge,
};
use crate::{ApiError, ApiResponse, Call, Cloud};
use serde_json::json;

/// Replaces the tags. Their fingerprint is required (documented).
pub(super) fn set_tags(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let path = path_of(cloud, call);
    if let Some(answer) = operations::find_by_request_id(cloud, call, "setTags", &path)? {
        return Ok(answer);
    }
    let instance = find(cloud, call)?;
    check_fields(&call.body, "resource", &["fingerprint", "items"])?;
    let present = &instance.resource["tags"]["fingerprint"];
    let present = present.as_str().unwrap_or_default();
    check_fingerprint(&call.body["fingerprint"], present, "tags fingerprint")?;
    let items = call.body["items"].as_array().cloned().unwrap_or_default();
    for item in &items {
        check_name("tags", item.as_str().unwrap_or_default())?;
    }
    let mut tags = json!({ "fingerprint": fingerprint(&json!(items)) });
    if !items.is_empty() {
        tags["items"] = items.into();
    }
    change(cloud, call, &path, "tags", tags, "setTags")
}

/// Refuses a change that needs a machine that is stopped. Google's words are
/// known for service accounts only.
fn check_stopped(instance: &Instance, what: &str) -> Result<(), ApiError> {
    if instance.status == Status::Terminated {
        return Ok(());
    }
    let message = format!("The instance must be stopped before the {what} can be changed.");
    Err(ApiError::invalid(message))
}

/// Replaces the machine type, with the GPUs that are part of it.
pub(super) fn set_machine_type(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (path, kind) = (path_of(cloud, call), "setMachineType");
    if let Some(answer) = operations::find_by_request_id(cloud, call, kind, &path)? {
        return Ok(answer);
    }
    let instance = find(cloud, call)?;
    check_fields(&call.body, "resource", &["machineType"])?;
    check_stopped(instance, "machine type")?;
    let mut resource = instance.resource.clone();
    let context = InsertContext {
        project: &instance.project,
        number: &cloud.iam.project_number(&instance.project),
        zone: &instance.zone,
        now: call.now,
        settings: &cloud.compute.settings,
    };
    let old = check_machine_type(&mut resource.clone(), &context)?;
    if let (Some(_), Some(fields)) = (old.accelerator, resource.as_object_mut()) {
        fields.remove("guestAccelerators");
    }
    resource["machineType"] = call.body["machineType"].clone();
    let machine = check_machine_type(&mut resource, &context)?;
    let migrates = machine.migrates() && resource["guestAccelerators"][0].is_null();
    read_scheduling(&resource["scheduling"], migrates, call.now)?;
    let boot = instance.disks().find(|disk| disk["boot"] == true);
    let boot = boot.and_then(|disk| cloud.compute.disks.get(disk["source"].as_str()?));
    if let Some(disk) = boot.filter(|disk| !machine.boots_from(&disk.kind)) {
        return Err(ApiError::invalid(format!(
            "{} disk type cannot be used by {} machine type.",
            disk.kind, machine.name
        )));
    }
    let machine_type = resource["machineType"].clone();
    let instance = cloud.compute.instances.get_mut(&path);
    instance.ok_or_else(|| not_found(&path))?.resource = resource;
    change(cloud, call, &path, "machineType", machine_type, kind)
}

/// Replaces the service account; without an address the machine has none.
pub(super) fn set_service_account(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (path, kind) = (path_of(cloud, call), "setServiceAccount");
    if let Some(answer) = operations::find_by_request_id(cloud, call, kind, &path)? {
        return Ok(answer);
    }
    let instance = find(cloud, call)?;
    check_fields(&call.body, "resource", &["email", "scopes"])?;
    check_stopped(instance, "service account")?;
    let accounts = match call.body["email"].as_str().unwrap_or_default() {
        "" => json!([]),
        email if email != "default" && !email.contains('@') => {
            return Err(invalid_value("email", email, "Must be an email address."));
        }
        email => {
            let email = resolve_account(email, &cloud.iam.project_number(&instance.project));
            let scopes = call.body["scopes"].as_array().cloned().unwrap_or_default();
            json!([{ "email": email, "scopes": scopes }])
        }
    };
    change(cloud, call, &path, "serviceAccounts", accounts, kind)
}

/// Changes the given fields of `scheduling`. The restart and the reaction to
/// host maintenance can be changed while the machine runs (documented); that
/// fields which are not given keep their values is unverified.
pub(super) fn set_scheduling(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (path, kind) = (path_of(cloud, call), "setScheduling");
    if let Some(answer) = operations::find_by_request_id(cloud, call, kind, &path)? {
        return Ok(answer);
    }
    let instance = find(cloud, call)?;
    let old = &instance.resource["scheduling"];
    let mut new = old.clone();
    if call.body.is_object() {
        merge(&mut new, &call.body);
    }
    let free = ["automaticRestart", "onHostMaintenance"];
    let fields = call.body.as_object().into_iter().flatten();
    let fixed = fields
        .filter(|(field, value)| !free.contains(&field.as_str()) && old[field.as_str()] != **value);
    if fixed.count() > 0 {
        check_stopped(instance, "scheduling")?;
    }
    let machine = instance.machine_type();
    let machine = super::machine_types::machine_type(&instance.zone, machine);
    let migrates = instance.gpus().is_none() && machine.is_none_or(|machine| machine.migrates());
    let scheduling = read_scheduling(&new, migrates, call.now)?;
    change(cloud, call, &path, "scheduling", scheduling, kind)
}

/// Sets the deletion protection as the query says: on, unless it says off.
pub(super) fn set_deletion_protection(
    cloud: &mut Cloud,
    call: &Call,
) -> Result<ApiResponse, ApiError> {
    let (path, kind) = (path_of(cloud, call), "setDeletionProtection");
    if let Some(answer) = operations::find_by_request_id(cloud, call, kind, &path)? {
        return Ok(answer);
    }
    find(cloud, call)?;
    let given = call.query("deletionProtection").unwrap_or("true");
    let Ok(protects) = given.to_ascii_lowercase().parse::<bool>() else {
        return Err(invalid_value(
            "deletionProtection",
            given,
            "Must be a boolean.",
        ));
    };
    change(
        cloud,
        call,
        &path,
        "deletionProtection",
        protects.into(),
        kind,
    )
}
