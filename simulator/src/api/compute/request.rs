//! Reads and checks the body of an insert.

use super::{
    context::InsertContext,
    error::check_fields,
    hardware::{check_machine_type, read_disks},
    reference::{full_path, resolve_account, subnetwork_path},
    scheduling::read_scheduling,
    validate::{check_labels, check_metadata, check_name},
    zones::region_of,
};
use crate::ApiError;
use crate::collection::dialect::compute::{fingerprint, invalid_value};
use serde_json::{Value, json};

/// Fields of an Instance that an insert may contain (discovery, compute v1).
const FIELDS: &[&str] = &[
    "advancedMachineFeatures",
    "canIpForward",
    "confidentialInstanceConfig",
    "deletionProtection",
    "description",
    "disks",
    "displayDevice",
    "guestAccelerators",
    "hostname",
    "instanceEncryptionKey",
    "keyRevocationActionType",
    "kind",
    "labels",
    "machineType",
    "metadata",
    "minCpuPlatform",
    "name",
    "networkInterfaces",
    "networkPerformanceConfig",
    "params",
    "privateIpv6GoogleAccess",
    "reservationAffinity",
    "resourcePolicies",
    "scheduling",
    "serviceAccounts",
    "shieldedInstanceConfig",
    "shieldedInstanceIntegrityPolicy",
    "sourceMachineImage",
    "sourceMachineImageEncryptionKey",
    "tags",
    "workloadIdentityConfig",
    "zone",
];

/// Checks that fields have the right JSON type: object, or list of objects.
fn check_shape(body: &Value) -> Result<(), ApiError> {
    let object = |value: &Value| value.is_null() || value.is_object();
    let list = |value: &Value| {
        value.is_null()
            || value
                .as_array()
                .is_some_and(|items| items.iter().all(Value::is_object))
    };
    for field in ["labels", "metadata", "scheduling", "tags"] {
        if !object(&body[field]) {
            return Err(invalid_value(
                field,
                &body[field].to_string(),
                "Must be an object.",
            ));
        }
    }
    for field in [
        "disks",
        "guestAccelerators",
        "networkInterfaces",
        "serviceAccounts",
    ] {
        if !list(&body[field]) {
            return Err(invalid_value(
                field,
                &body[field].to_string(),
                "Must be a list of objects.",
            ));
        }
    }
    for disk in body["disks"].as_array().into_iter().flatten() {
        if !object(&disk["initializeParams"]) {
            return Err(invalid_value(
                "disks[].initializeParams",
                "",
                "Must be an object.",
            ));
        }
    }
    for interface in body["networkInterfaces"].as_array().into_iter().flatten() {
        if !list(&interface["accessConfigs"]) {
            let reason = "Must be a list of objects.";
            return Err(invalid_value(
                "networkInterfaces[].accessConfigs",
                "",
                reason,
            ));
        }
    }
    Ok(())
}

/// The Instance resource that the body describes, with all defaults filled in.
///
/// # Errors
/// Whatever Google refuses before it begins an operation. Messages are
/// unverified, except where a recording or a known message was available.
pub(super) fn read(body: &Value, context: &InsertContext<'_>) -> Result<Value, ApiError> {
    check_fields(body, "resource", FIELDS)?;
    check_shape(body)?;
    let name = body["name"].as_str().unwrap_or_default();
    check_name("name", name)?;
    let mut resource = body.clone();
    let machine = check_machine_type(&mut resource, context)?;
    read_disks(&mut resource, name, &machine, context)?;
    read_interfaces(&mut resource, context)?;
    let migrates = machine.migrates() && resource["guestAccelerators"][0].is_null();
    resource["scheduling"] = read_scheduling(&body["scheduling"], migrates, context.now)?;
    check_metadata(&body["metadata"])?;
    check_labels(&body["labels"])?;
    resource["tags"] = json!({ "fingerprint": fingerprint(&body["tags"]) });
    if body["tags"]["items"]
        .as_array()
        .is_some_and(|items| !items.is_empty())
    {
        resource["tags"]["items"] = body["tags"]["items"].clone();
    }
    if resource["metadata"].is_null() {
        resource["metadata"] = json!({});
    }
    if let Some(accounts) = resource["serviceAccounts"].as_array_mut() {
        if accounts.len() > 1 {
            let reason = "At most one service account can be given.";
            return Err(invalid_value(
                "serviceAccounts",
                &accounts.len().to_string(),
                reason,
            ));
        }
        for entry in accounts {
            let email = entry["email"].as_str().unwrap_or("default").to_owned();
            if email != "default" && !email.contains('@') {
                return Err(invalid_value(
                    "serviceAccounts[0].email",
                    &email,
                    "Must be an email address.",
                ));
            }
            entry["email"] = resolve_account(&email, context.number).into();
        }
    }
    resource["deletionProtection"] = json!(body["deletionProtection"] == true);
    resource["canIpForward"] = json!(body["canIpForward"] == true);
    resource["cpuPlatform"] = "Unknown CPU Platform".into();
    Ok(resource)
}

fn read_interfaces(resource: &mut Value, context: &InsertContext<'_>) -> Result<(), ApiError> {
    let Some(interfaces) = resource["networkInterfaces"]
        .as_array_mut()
        .filter(|i| !i.is_empty())
    else {
        return Err(invalid_value(
            "networkInterfaces",
            "",
            "At least one network interface is required.",
        ));
    };
    for (index, interface) in interfaces.iter_mut().enumerate() {
        let subnetwork = subnetwork_path(interface, context.project, context.zone);
        if !subnetwork.contains(&format!(
            "/regions/{}/subnetworks/",
            region_of(context.zone)
        )) {
            let field = format!("networkInterfaces[{index}].subnetwork");
            let reason = "The subnetwork is not in the region of the instance.";
            return Err(invalid_value(&field, &subnetwork, reason));
        }
        let network = interface["network"].as_str().unwrap_or("default");
        interface["network"] = full_path(network, context.project, "global/networks").into();
        interface["subnetwork"] = subnetwork.into();
        interface["name"] = format!("nic{index}").into();
        interface["kind"] = "compute#networkInterface".into();
        for access in interface["accessConfigs"]
            .as_array_mut()
            .into_iter()
            .flatten()
        {
            access["kind"] = "compute#accessConfig".into();
            access["type"] = "ONE_TO_ONE_NAT".into();
        }
    }
    Ok(())
}
