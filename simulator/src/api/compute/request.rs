//! Reads the body of an insert: what is wrong with it, or the machine it asks for.

use super::{
    catalog::region_of,
    hardware::{disks, machine},
    reference::{fingerprint, full, is_label, is_name, last},
    scheduling::scheduling,
    settings::ComputeSettings,
};
use crate::ApiError;
use names::Timestamp;
use serde_json::{Map, Value, json};

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

/// Where and when a request is read.
pub(super) struct Scene<'a> {
    pub(super) project: &'a str,
    pub(super) number: &'a str,
    pub(super) zone: &'a str,
    pub(super) now: Timestamp,
    pub(super) settings: &'a ComputeSettings,
}

/// 400, as Google words it.
pub(super) fn wrong(field: &str, value: &str, why: &str) -> ApiError {
    ApiError::invalid(format!(
        "Invalid value for field 'resource.{field}': '{value}'. {why}"
    ))
}

pub(super) fn known(object: &Value, field: &str, known: &[&str]) -> Result<(), ApiError> {
    let Some(fields) = object.as_object() else {
        return Err(wrong(field, &object.to_string(), "Must be an object."));
    };
    match fields.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(ApiError::invalid(format!(
            "Invalid JSON payload received. Unknown name \"{key}\" at '{field}': Cannot find field."
        ))),
        None => Ok(()),
    }
}

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

/// The account that `default` stands for.
pub(super) fn account(email: &str, number: &str) -> String {
    match email {
        "default" => format!("{number}-compute@developer.gserviceaccount.com"),
        email => email.to_owned(),
    }
}

/// The subnetwork that an interface names, or its network's in the region.
pub(super) fn subnetwork(interface: &Value, project: &str, zone: &str) -> String {
    let region = region_of(zone);
    let collection = format!("regions/{region}/subnetworks");
    if let Some(named) = interface["subnetwork"]
        .as_str()
        .filter(|named| !named.is_empty())
    {
        return full(named, project, &collection);
    }
    let network = interface["network"]
        .as_str()
        .filter(|named| !named.is_empty());
    let network = full(network.unwrap_or("default"), project, "global/networks");
    let owner = network.split('/').nth(1).unwrap_or(project);
    format!("projects/{owner}/{collection}/{}", last(&network))
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

/// At most 256 KiB a value and 512 KiB in all (documented limits).
pub(super) fn metadata(metadata: &Value) -> Result<(), ApiError> {
    let mut total = 0;
    let mut keys = std::collections::BTreeSet::new();
    for (index, item) in metadata["items"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
    {
        let key = item["key"].as_str().unwrap_or_default();
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        if !(1..=128).contains(&key.len()) || !key.bytes().all(plain) || !keys.insert(key) {
            let why = "Must be 1 to 128 letters, digits, hyphens and underscores, and unique.";
            return Err(wrong(&format!("metadata.items[{index}].key"), key, why));
        }
        let Some(value) = item["value"].as_str() else {
            return Err(wrong(
                &format!("metadata.items[{index}].value"),
                "",
                "Must be a string.",
            ));
        };
        let limit = 256 * 1024;
        total += key.len() + value.len();
        if value.len() > limit || total > 2 * limit {
            let message = format!(
                "Value for field 'resource.metadata.items[{index}].value' is too large: \
                 maximum size {limit} character(s); actual size {}.",
                value.len()
            );
            let too_large = ApiError::invalid(message);
            return Err(ApiError {
                status: 413,
                reason: "fieldSizeTooLarge",
                ..too_large
            });
        }
    }
    Ok(())
}

pub(super) fn labels(labels: &Value) -> Result<(), ApiError> {
    let none = Map::new();
    let labels = labels.as_object().unwrap_or(&none);
    if labels.len() > 64 {
        return Err(wrong(
            "labels",
            &labels.len().to_string(),
            "At most 64 labels can be given.",
        ));
    }
    for (key, value) in labels {
        if !value.as_str().is_some_and(|value| is_label(key, value)) {
            let why = "Keys and values are at most 63 lower-case letters, digits, hyphens and \
                       underscores; a key begins with a letter.";
            return Err(wrong("labels", &format!("{key}={value}"), why));
        }
    }
    Ok(())
}
