//! Reads the body of an insert: what is wrong with it, or the machine it asks for.

use super::{
    catalog::region_of,
    context::Scene,
    error::{known, wrong},
    hardware::{disks, machine},
    reference::{account, fingerprint, full, is_name, subnetwork},
    scheduling::scheduling,
    validate::{labels, metadata},
};
use crate::ApiError;
use serde_json::{Value, json};

/// The fields of an Instance that may be sent (discovery, compute v1).
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

/// Refuses what is not an object, or a list of objects, where one is due.
fn shaped(body: &Value) -> Result<(), ApiError> {
    let object = |value: &Value| value.is_null() || value.is_object();
    let list = |value: &Value| {
        value.is_null()
            || value
                .as_array()
                .is_some_and(|items| items.iter().all(Value::is_object))
    };
    for field in ["labels", "metadata", "scheduling", "tags"] {
        if !object(&body[field]) {
            return Err(wrong(field, &body[field].to_string(), "Must be an object."));
        }
    }
    for field in [
        "disks",
        "guestAccelerators",
        "networkInterfaces",
        "serviceAccounts",
    ] {
        if !list(&body[field]) {
            return Err(wrong(
                field,
                &body[field].to_string(),
                "Must be a list of objects.",
            ));
        }
    }
    for disk in body["disks"].as_array().into_iter().flatten() {
        if !object(&disk["initializeParams"]) {
            return Err(wrong("disks[].initializeParams", "", "Must be an object."));
        }
    }
    for interface in body["networkInterfaces"].as_array().into_iter().flatten() {
        if !list(&interface["accessConfigs"]) {
            let why = "Must be a list of objects.";
            return Err(wrong("networkInterfaces[].accessConfigs", "", why));
        }
    }
    Ok(())
}

/// The Instance resource that the body asks for, with every default filled in.
///
/// # Errors
/// What Google refuses before it begins an operation; the wording is
/// unverified except where a recording or a known message was at hand.
pub(super) fn read(body: &Value, scene: &Scene<'_>) -> Result<Value, ApiError> {
    known(body, "resource", FIELDS)?;
    shaped(body)?;
    let name = body["name"].as_str().unwrap_or_default();
    if !is_name(name) {
        let why = "Must be a match of regex '(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'";
        return Err(wrong("name", name, why));
    }
    let mut resource = body.clone();
    let gpus = machine(&mut resource, scene)?;
    disks(&mut resource, name, scene)?;
    interfaces(&mut resource, scene)?;
    resource["scheduling"] = scheduling(&body["scheduling"], gpus, scene.now)?;
    metadata(&body["metadata"])?;
    labels(&body["labels"])?;
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
            let why = "At most one service account can be given.";
            return Err(wrong("serviceAccounts", &accounts.len().to_string(), why));
        }
        for entry in accounts {
            let email = entry["email"].as_str().unwrap_or("default").to_owned();
            if email != "default" && !email.contains('@') {
                return Err(wrong(
                    "serviceAccounts[0].email",
                    &email,
                    "Must be an email address.",
                ));
            }
            entry["email"] = account(&email, scene.number).into();
        }
    }
    resource["deletionProtection"] = json!(body["deletionProtection"] == true);
    resource["canIpForward"] = json!(body["canIpForward"] == true);
    resource["cpuPlatform"] = "Unknown CPU Platform".into();
    Ok(resource)
}

fn interfaces(resource: &mut Value, scene: &Scene<'_>) -> Result<(), ApiError> {
    let Some(interfaces) = resource["networkInterfaces"]
        .as_array_mut()
        .filter(|i| !i.is_empty())
    else {
        return Err(wrong(
            "networkInterfaces",
            "",
            "At least one network interface is required.",
        ));
    };
    for (index, interface) in interfaces.iter_mut().enumerate() {
        let subnetwork = subnetwork(interface, scene.project, scene.zone);
        if !subnetwork.contains(&format!("/regions/{}/subnetworks/", region_of(scene.zone))) {
            let field = format!("networkInterfaces[{index}].subnetwork");
            let why = "The subnetwork is not in the region of the instance.";
            return Err(wrong(&field, &subnetwork, why));
        }
        let network = interface["network"].as_str().unwrap_or("default");
        interface["network"] = full(network, scene.project, "global/networks").into();
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
