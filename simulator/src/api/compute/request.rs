//! Reads the body of an insert: what is wrong with it, or the machine it asks for.

use super::{
    catalog::{self, region_of},
    reference::{fingerprint, full, is_label, is_name, last},
    settings::ComputeSettings,
};
use crate::ApiError;
use names::{Duration, Timestamp};
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

/// The fields of `scheduling` (discovery, compute v1).
const SCHEDULING: &[&str] = &[
    "automaticRestart",
    "availabilityDomain",
    "exposeHostTopology",
    "gracefulShutdown",
    "hostErrorTimeoutSeconds",
    "instanceTerminationAction",
    "localSsdRecoveryTimeout",
    "locationHint",
    "maxRunDuration",
    "minNodeCpus",
    "nodeAffinities",
    "onHostMaintenance",
    "onInstanceStopAction",
    "preemptible",
    "preemptionNoticeDuration",
    "protectionTier",
    "provisioningModel",
    "skipGuestOsShutdown",
    "terminationTime",
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
    ApiError::invalid(format!("Invalid value for field 'resource.{field}': '{value}'. {why}"))
}

fn known(object: &Value, field: &str, known: &[&str]) -> Result<(), ApiError> {
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
        value.is_null() || value.as_array().is_some_and(|items| items.iter().all(Value::is_object))
    };
    for field in ["labels", "metadata", "scheduling", "tags"] {
        if !object(&body[field]) {
            return Err(wrong(field, &body[field].to_string(), "Must be an object."));
        }
    }
    for field in ["disks", "guestAccelerators", "networkInterfaces", "serviceAccounts"] {
        if !list(&body[field]) {
            return Err(wrong(field, &body[field].to_string(), "Must be a list of objects."));
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
    if let Some(named) = interface["subnetwork"].as_str().filter(|named| !named.is_empty()) {
        return full(named, project, &collection);
    }
    let network = interface["network"].as_str().filter(|named| !named.is_empty());
    let network = full(network.unwrap_or("default"), project, "global/networks");
    let owner = network.split('/').nth(1).unwrap_or(project);
    format!("projects/{owner}/{collection}/{}", last(&network))
}

/// The name of the disk that `initializeParams` makes.
pub(super) fn disk_name(disk: &Value, index: usize, instance: &str) -> String {
    match disk["initializeParams"]["diskName"].as_str() {
        Some(named) => named.to_owned(),
        None if index == 0 => instance.to_owned(),
        None => format!("{instance}-{index}"),
    }
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
    if body["tags"]["items"].as_array().is_some_and(|items| !items.is_empty()) {
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
                return Err(wrong("serviceAccounts[0].email", &email, "Must be an email address."));
            }
            entry["email"] = account(&email, scene.number).into();
        }
    }
    resource["deletionProtection"] = json!(body["deletionProtection"] == true);
    resource["canIpForward"] = json!(body["canIpForward"] == true);
    resource["cpuPlatform"] = "Unknown CPU Platform".into();
    Ok(resource)
}

/// Checks the machine type and its accelerators; says whether there are GPUs.
fn machine(resource: &mut Value, scene: &Scene<'_>) -> Result<bool, ApiError> {
    let Scene { project, zone, .. } = scene;
    let named = resource["machineType"].as_str().unwrap_or_default().to_owned();
    let path = full(&named, project, &format!("zones/{zone}/machineTypes"));
    let missing = "The referenced resource does not exist.";
    let here = path.contains(&format!("/zones/{zone}/machineTypes/"));
    let machine = catalog::machine_type(zone, last(&path))
        .filter(|_| here && !named.is_empty())
        .ok_or_else(|| wrong("machineType", &named, missing))?;
    resource["machineType"] = path.into();

    let asked = resource["guestAccelerators"].as_array().cloned().unwrap_or_default();
    let accelerators = format!("zones/{zone}/acceleratorTypes");
    let mut gpus = Vec::new();
    for (index, gpu) in asked.iter().enumerate() {
        let field = format!("guestAccelerators[{index}]");
        let kind = gpu["acceleratorType"].as_str().unwrap_or_default();
        let path = full(kind, project, &accelerators);
        let known = catalog::accelerator(zone, last(&path))
            .filter(|_| path.contains(&format!("/{accelerators}/")))
            .ok_or_else(|| wrong(&format!("{field}.acceleratorType"), kind, missing))?;
        let count = gpu["acceleratorCount"].as_u64().unwrap_or(0);
        if !(1..=u64::from(known.most)).contains(&count) {
            let why = format!("Must be between 1 and {}.", known.most);
            return Err(wrong(&format!("{field}.acceleratorCount"), &count.to_string(), &why));
        }
        let bundled = machine.accelerator.is_none_or(|own| own == (known.name, count as u32));
        if known.family != machine.family() || !bundled {
            return Err(ApiError::invalid(format!(
                "[{}, {}] features are not compatible for creating instance.",
                machine.name, known.name
            )));
        }
        gpus.push(json!({ "acceleratorType": path, "acceleratorCount": count }));
    }
    if gpus.len() > 1 {
        let why = "At most one accelerator type can be given.";
        return Err(wrong("guestAccelerators", &gpus.len().to_string(), why));
    }
    if let (true, Some((model, count))) = (gpus.is_empty(), machine.accelerator) {
        let path = full(model, project, &accelerators);
        gpus.push(json!({ "acceleratorType": path, "acceleratorCount": count }));
    }
    let any = !gpus.is_empty();
    if any {
        resource["guestAccelerators"] = gpus.into();
    }
    Ok(any)
}

fn disks(resource: &mut Value, instance: &str, scene: &Scene<'_>) -> Result<(), ApiError> {
    let Scene { project, zone, settings, .. } = scene;
    let none = Vec::new();
    let asked = resource["disks"].as_array().unwrap_or(&none).clone();
    let boots = asked.iter().any(|disk| disk["boot"] == true);
    if !boots {
        let why = "At least one disk must be a boot disk.";
        return Err(wrong("disks", "", why));
    }
    let mut disks = Vec::new();
    for (index, mut disk) in asked.into_iter().enumerate() {
        let field = format!("disks[{index}]");
        let collection = format!("zones/{zone}/disks");
        let from = disk["initializeParams"].take();
        let size = &[&from["diskSizeGb"], &disk["diskSizeGb"]].into_iter().find(|s| !s.is_null());
        let size_gb = size.map(|size| match size {
            Value::String(text) => text.parse().unwrap_or(-1),
            other => other.as_i64().unwrap_or(-1),
        });
        if let Some(gb) = size_gb.filter(|gb| !(1..=65_536).contains(gb)) {
            let why = "Must be between 1 and 65536.";
            return Err(wrong(&format!("{field}.initializeParams.diskSizeGb"), &gb.to_string(), why));
        }
        if let Some(source) = disk["source"].as_str() {
            disk["source"] = full(source, project, &collection).into();
        } else if let Some(asked) = from["sourceImage"].as_str() {
            let path = full(asked, project, "global/images");
            let image = settings.image(&path).ok_or_else(|| super::not_found(&path))?;
            let gb = size_gb.unwrap_or(image.size_gb);
            if gb < image.size_gb {
                let why = format!(
                    "Requested disk size cannot be smaller than the image size ({} GB)",
                    image.size_gb
                );
                let field = format!("{field}.initializeParams.diskSizeGb");
                return Err(wrong(&field, &gb.to_string(), &why));
            }
            disk["diskSizeGb"] = gb.to_string().into();
        } else if disk["boot"] == true {
            let why = "A boot disk needs a source or a source image.";
            return Err(wrong(&format!("{field}.source"), "", why));
        } else {
            disk["diskSizeGb"] = size_gb.unwrap_or(500).to_string().into();
        }
        if disk["source"].is_null() {
            let name = disk_name(&json!({ "initializeParams": from }), index, instance);
            if !is_name(&name) {
                let why = "Must be a resource name.";
                return Err(wrong(&format!("{field}.initializeParams.diskName"), &name, why));
            }
            labels(&from["labels"])?;
            disk["source"] = full(&name, project, &collection).into();
        }
        let fields = disk.as_object_mut().ok_or_else(|| wrong(&field, "", "Must be an object."))?;
        fields.remove("initializeParams");
        for (key, value) in [
            ("autoDelete", json!(false)),
            ("boot", json!(false)),
            ("deviceName", json!(format!("persistent-disk-{index}"))),
            ("index", json!(index)),
            ("interface", json!("SCSI")),
            ("kind", json!("compute#attachedDisk")),
            ("mode", json!("READ_WRITE")),
            ("type", json!("PERSISTENT")),
        ] {
            fields.entry(key).or_insert(value);
        }
        disks.push(disk);
    }
    resource["disks"] = disks.into();
    Ok(())
}

fn interfaces(resource: &mut Value, scene: &Scene<'_>) -> Result<(), ApiError> {
    let Some(interfaces) = resource["networkInterfaces"].as_array_mut().filter(|i| !i.is_empty())
    else {
        return Err(wrong("networkInterfaces", "", "At least one network interface is required."));
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
        for access in interface["accessConfigs"].as_array_mut().into_iter().flatten() {
            access["kind"] = "compute#accessConfig".into();
            access["type"] = "ONE_TO_ONE_NAT".into();
        }
    }
    Ok(())
}

/// One of `choices`, or nothing.
fn choice<'a>(object: &'a Value, field: &str, choices: &[&str]) -> Result<Option<&'a str>, ApiError> {
    match &object[field] {
        Value::Null => Ok(None),
        Value::String(text) if choices.contains(&text.as_str()) => Ok(Some(text)),
        other => {
            let given = other.as_str().map_or_else(|| other.to_string(), str::to_owned);
            let why = format!("Must be one of {}.", choices.join(", "));
            Err(wrong(&format!("scheduling.{field}"), &given, &why))
        }
    }
}

fn flag(object: &Value, field: &str) -> Result<Option<bool>, ApiError> {
    match &object[field] {
        Value::Null => Ok(None),
        Value::Bool(flag) => Ok(Some(*flag)),
        other => Err(wrong(&format!("scheduling.{field}"), &other.to_string(), "Must be a boolean.")),
    }
}

fn scheduling(asked: &Value, gpus: bool, now: Timestamp) -> Result<Value, ApiError> {
    let none = Value::Object(Map::new());
    let asked = if asked.is_null() { &none } else { asked };
    known(asked, "resource.scheduling", SCHEDULING)?;
    let models = ["STANDARD", "SPOT", "FLEX_START", "RESERVATION_BOUND"];
    let model = choice(asked, "provisioningModel", &models)?;
    let spot = model == Some("SPOT") || flag(asked, "preemptible")? == Some(true);
    let maintenance = choice(asked, "onHostMaintenance", &["MIGRATE", "TERMINATE"])?;
    let action = choice(asked, "instanceTerminationAction", &["DELETE", "STOP"])?;
    let restart = flag(asked, "automaticRestart")?;

    if gpus && maintenance != Some("TERMINATE") && !(spot && maintenance.is_none()) {
        let why = "Instances with guest accelerators do not support live migration.";
        return Err(wrong("scheduling.onHostMaintenance", maintenance.unwrap_or("MIGRATE"), why));
    }
    if spot && maintenance == Some("MIGRATE") {
        let why = "Scheduling must have onHostMaintenance set to TERMINATE for preemptible instances.";
        return Err(wrong("scheduling.onHostMaintenance", "MIGRATE", why));
    }
    if spot && restart == Some(true) {
        let why = "Scheduling cannot have automaticRestart be true for preemptible instances.";
        return Err(wrong("scheduling.automaticRestart", "true", why));
    }
    let end = asked["terminationTime"].as_str();
    if let Some(end) = end {
        let at: Option<Timestamp> = end.parse().ok();
        if at.is_none_or(|at| at <= now) {
            let why = "Must be an RFC 3339 time in the future.";
            return Err(wrong("scheduling.terminationTime", end, why));
        }
    }
    let run = &asked["maxRunDuration"];
    if !run.is_null() {
        let days = 24 * 60 * 60;
        let span = super::instance::span(run);
        let allowed = Duration::from_secs(30)..=Duration::from_secs(120 * days);
        if span.is_none_or(|span| !allowed.contains(&span)) {
            let why = "Must be between 30 seconds and 120 days.";
            return Err(wrong("scheduling.maxRunDuration", &run.to_string(), why));
        }
        if end.is_some() {
            let why = "Cannot be given together with maxRunDuration.";
            return Err(wrong("scheduling.terminationTime", end.unwrap_or_default(), why));
        }
    }
    if let Some(action) = action.filter(|_| !spot && run.is_null() && end.is_none()) {
        let why = "Only Spot instances and those with a limited run time have a termination action.";
        return Err(wrong("scheduling.instanceTerminationAction", action, why));
    }

    let mut scheduling = asked.clone();
    scheduling["onHostMaintenance"] =
        maintenance.unwrap_or(if spot { "TERMINATE" } else { "MIGRATE" }).into();
    scheduling["automaticRestart"] = restart.unwrap_or(!spot).into();
    scheduling["preemptible"] = spot.into();
    scheduling["provisioningModel"] =
        model.unwrap_or(if spot { "SPOT" } else { "STANDARD" }).into();
    Ok(scheduling)
}

/// At most 256 KiB a value and 512 KiB in all (documented limits).
pub(super) fn metadata(metadata: &Value) -> Result<(), ApiError> {
    let mut total = 0;
    let mut keys = std::collections::BTreeSet::new();
    for (index, item) in metadata["items"].as_array().into_iter().flatten().enumerate() {
        let key = item["key"].as_str().unwrap_or_default();
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        if !(1..=128).contains(&key.len()) || !key.bytes().all(plain) || !keys.insert(key) {
            let why = "Must be 1 to 128 letters, digits, hyphens and underscores, and unique.";
            return Err(wrong(&format!("metadata.items[{index}].key"), key, why));
        }
        let Some(value) = item["value"].as_str() else {
            return Err(wrong(&format!("metadata.items[{index}].value"), "", "Must be a string."));
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
            return Err(ApiError { status: 413, reason: "fieldSizeTooLarge", ..too_large });
        }
    }
    Ok(())
}

pub(super) fn labels(labels: &Value) -> Result<(), ApiError> {
    let none = Map::new();
    let labels = labels.as_object().unwrap_or(&none);
    if labels.len() > 64 {
        return Err(wrong("labels", &labels.len().to_string(), "At most 64 labels can be given."));
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
