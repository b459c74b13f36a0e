//! Required permissions. Those of an insert depend on its body.

use super::{
    attach, disk_change, disks,
    hardware::disk_name,
    operations,
    reference::{full_path, resolve_account, subnetwork_path},
    snapshot,
};
use crate::{
    ApiError, Call, Cloud,
    iam::{RequiredPermission, Resource},
};
use serde_json::Value;

type RequiredPermissions = Result<Vec<RequiredPermission>, ApiError>;

const SERVICE: &str = "compute.googleapis.com";

fn on(permission: &'static str, kind: &'static str, name: impl Into<String>) -> RequiredPermission {
    RequiredPermission::new(permission, Resource::new(SERVICE, kind, name))
}

fn is_filled(value: &Value) -> bool {
    match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn act_as(cloud: &Cloud, email: &str) -> RequiredPermission {
    // `-` where neither the account nor its address tells the project.
    let (email, project) = cloud.iam.account_project("-", email);
    let account = Resource::service_account(&project, &email);
    RequiredPermission::new("iam.serviceAccounts.actAs", account)
}

/// `instances.insert`: as documented for the method, and for the fields that
/// require further permissions.
pub(super) fn insert(cloud: &Cloud, call: &Call) -> RequiredPermissions {
    let (project, zone, body) = (call.path("project"), call.path("zone"), &call.body);
    let scope = format!("projects/{project}/zones/{zone}");
    let name = body["name"].as_str().unwrap_or_default();
    let instance = format!("{scope}/instances/{name}");
    let on_instance = |permission| on(permission, "Instance", instance.clone());
    let mut required = vec![on_instance("compute.instances.create")];
    let list = |field: &str| body[field].as_array().into_iter().flatten();

    for (index, disk) in list("disks").enumerate() {
        if let Some(source) = disk["source"].as_str() {
            let read_only = disk["mode"] == "READ_ONLY";
            let permission = if read_only {
                "compute.disks.useReadOnly"
            } else {
                "compute.disks.use"
            };
            required.push(on(
                permission,
                "Disk",
                full_path(source, project, &format!("zones/{zone}/disks")),
            ));
            continue;
        }
        let path = format!("{scope}/disks/{}", disk_name(disk, index, name));
        let params = &disk["initializeParams"];
        required.push(on("compute.disks.create", "Disk", path.clone()));
        if is_filled(&params["labels"]) {
            required.push(on("compute.disks.setLabels", "Disk", path));
        }
        if let Some(image) = params["sourceImage"].as_str() {
            let path = full_path(image, project, "global/images");
            let resolved = cloud
                .compute
                .settings
                .image(&path)
                .map(super::catalog::Image::path);
            required.push(on(
                "compute.images.useReadOnly",
                "Image",
                resolved.unwrap_or(path),
            ));
        }
    }
    for interface in list("networkInterfaces") {
        let path = subnetwork_path(interface, project, zone);
        required.push(on("compute.subnetworks.use", "Subnetwork", path.clone()));
        if is_filled(&interface["accessConfigs"]) {
            required.push(on("compute.subnetworks.useExternalIp", "Subnetwork", path));
        }
    }
    for (given, permission) in [
        (&body["metadata"]["items"], "compute.instances.setMetadata"),
        (&body["labels"], "compute.instances.setLabels"),
        (&body["tags"]["items"], "compute.instances.setTags"),
        (
            &body["serviceAccounts"],
            "compute.instances.setServiceAccount",
        ),
    ] {
        if is_filled(given) {
            required.push(on_instance(permission));
        }
    }
    for given in list("serviceAccounts") {
        let email = given["email"].as_str().unwrap_or("default");
        let email = resolve_account(email, &cloud.iam.project_number(project));
        required.push(act_as(cloud, &email));
    }
    Ok(required)
}

/// `setMetadata` also requires actAs on the machine's service account, as a
/// startup script runs as it (documented with the method).
pub(super) fn set_metadata(cloud: &Cloud, call: &Call) -> RequiredPermissions {
    let path = super::change::path_of(cloud, call);
    let instance = cloud.compute.instances.get(&path);
    let account = instance.and_then(|instance| instance.account());
    let account = account.map(|email| act_as(cloud, email));
    let mut required = vec![on("compute.instances.setMetadata", "Instance", path)];
    required.extend(account);
    Ok(required)
}

/// `setServiceAccount` also requires actAs on the new account.
pub(super) fn set_service_account(cloud: &Cloud, call: &Call) -> RequiredPermissions {
    let path = super::change::path_of(cloud, call);
    let mut required = vec![on("compute.instances.setServiceAccount", "Instance", path)];
    let email = call.body["email"].as_str().unwrap_or_default();
    if !email.is_empty() {
        let number = cloud.iam.project_number(call.path("project"));
        required.push(act_as(cloud, &resolve_account(email, &number)));
    }
    Ok(required)
}

/// `attachDisk` also requires to use the disk (documented with the fields of an
/// insert).
pub(super) fn attach_disk(cloud: &Cloud, call: &Call) -> RequiredPermissions {
    let path = super::change::path_of(cloud, call);
    let permission = match call.body["mode"] == "READ_ONLY" {
        true => "compute.disks.useReadOnly",
        false => "compute.disks.use",
    };
    Ok(vec![
        on("compute.instances.attachDisk", "Instance", path),
        on(permission, "Disk", attach::source(call)),
    ])
}

/// `disks.insert`: as documented for the method and its sources.
pub(super) fn disk_insert(cloud: &Cloud, call: &Call) -> RequiredPermissions {
    let path = disk_change::new_path(cloud, call);
    let mut required = vec![on("compute.disks.create", "Disk", path.clone())];
    if is_filled(&call.body["labels"]) {
        required.push(on("compute.disks.setLabels", "Disk", path));
    }
    if let Some(path) = disk_change::image(call) {
        let image = cloud.compute.settings.image(&path);
        let path = image.map_or(path, super::catalog::Image::path);
        required.push(on("compute.images.useReadOnly", "Image", path));
    }
    if let Some(path) = disk_change::source_snapshot(call) {
        required.push(on("compute.snapshots.useReadOnly", "Snapshot", path));
    }
    Ok(required)
}

/// `disks.createSnapshot`: on the disk and on the new snapshot.
pub(super) fn create_snapshot(cloud: &Cloud, call: &Call) -> RequiredPermissions {
    let snapshot = snapshot::new_path(call);
    let disk = disks::path_of(cloud, call);
    let mut required = vec![
        on("compute.disks.createSnapshot", "Disk", disk),
        on("compute.snapshots.create", "Snapshot", snapshot.clone()),
    ];
    if is_filled(&call.body["labels"]) {
        required.push(on("compute.snapshots.setLabels", "Snapshot", snapshot));
    }
    Ok(required)
}

/// Declares methods that require one permission on one resource.
macro_rules! on_resource {
    ($($name:ident $permission:literal $kind:literal $path:expr;)*) => {
        $(
            pub(super) fn $name(cloud: &Cloud, call: &Call) -> RequiredPermissions {
                let path: fn(&Cloud, &Call) -> String = $path;
                Ok(vec![on($permission, $kind, path(cloud, call))])
            }
        )*
    };
}

on_resource! {
    get "compute.instances.get" "Instance" super::change::path_of;
    delete "compute.instances.delete" "Instance" super::change::path_of;
    stop "compute.instances.stop" "Instance" super::change::path_of;
    start "compute.instances.start" "Instance" super::change::path_of;
    set_tags "compute.instances.setTags" "Instance" super::change::path_of;
    set_machine_type "compute.instances.setMachineType" "Instance" super::change::path_of;
    set_scheduling "compute.instances.setScheduling" "Instance" super::change::path_of;
    set_deletion_protection "compute.instances.setDeletionProtection" "Instance" super::change::path_of;
    reset "compute.instances.reset" "Instance" super::change::path_of;
    suspend "compute.instances.suspend" "Instance" super::change::path_of;
    resume "compute.instances.resume" "Instance" super::change::path_of;
    detach_disk "compute.instances.detachDisk" "Instance" super::change::path_of;
    set_labels "compute.instances.setLabels" "Instance" super::change::path_of;
    simulate "compute.instances.simulateMaintenanceEvent" "Instance" super::change::path_of;
    serial_port "compute.instances.getSerialPortOutput" "Instance" super::change::path_of;
    operation_get "compute.zoneOperations.get" "ZoneOperation" operations::path_of;
    global_operation "compute.globalOperations.get" "GlobalOperation" operations::path_of;
    region_operation "compute.regionOperations.get" "RegionOperation" operations::path_of;
    operation_delete "compute.zoneOperations.delete" "ZoneOperation" operations::path_of;
    global_operation_delete "compute.globalOperations.delete" "GlobalOperation" operations::path_of;
    region_operation_delete "compute.regionOperations.delete" "RegionOperation" operations::path_of;
    disk_resize "compute.disks.resize" "Disk" disks::path_of;
    disk_set_labels "compute.disks.setLabels" "Disk" disks::path_of;
    image "compute.images.get" "Image"
        |_, call| format!("projects/{}/global/images/{}", call.path("project"), call.path("image"));
    disk_get "compute.disks.get" "Disk" disks::path_of;
    disk_delete "compute.disks.delete" "Disk" disks::path_of;
    image_from_family "compute.images.getFromFamily" "Image"
        |_, call| format!("projects/{}/global/images/family/{}", call.path("project"), call.path("family"));
}

/// Declares methods that require one permission on the project.
macro_rules! on_project {
    ($($name:ident $permission:literal;)*) => {
        $(
            pub(super) fn $name(_: &Cloud, call: &Call) -> RequiredPermissions {
                Ok(vec![RequiredPermission::new($permission, Resource::project(call.path("project")))])
            }
        )*
    };
}

on_project! {
    list "compute.instances.list";
    global_operations "compute.globalOperations.list";
    region_operations "compute.regionOperations.list";
    addresses "compute.addresses.list";
    subnetworks "compute.subnetworks.list";
    accelerator_type "compute.acceleratorTypes.get";
    disk_type "compute.diskTypes.get";
    disk_types "compute.diskTypes.list";
    images "compute.images.list";
    operations_list "compute.zoneOperations.list";
    disks_list "compute.disks.list";
    zone "compute.zones.get";
    zones "compute.zones.list";
    region "compute.regions.get";
    regions "compute.regions.list";
    machine_type "compute.machineTypes.get";
    machine_types "compute.machineTypes.list";
    accelerator_types "compute.acceleratorTypes.list";
    project "compute.projects.get";
}
