//! `instances.insert`: from the request to a machine that is being provisioned.

use super::{
    capacity,
    context::InsertContext,
    disk::Disk,
    error::check_zone,
    instance::{Instance, Status},
    network,
    reference::last_segment,
    request,
};
use crate::agenda::Event;
use crate::collection::{
    dialect::compute::{already_exists, not_found},
    dialect::compute_operations as operations,
};
use crate::{ApiError, ApiResponse, Call, Cloud, api::orgpolicy::check_compute_location};
use serde_json::Value;

pub(super) fn insert(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    check_zone(call)?;
    let (project, zone) = (call.path("project"), call.path("zone"));
    let name = call.body["name"].as_str().unwrap_or_default();
    let path = format!("projects/{project}/zones/{zone}/instances/{name}");
    if let Some(answer) = operations::find_by_request_id(cloud, call, "insert", &path)? {
        return Ok(answer);
    }
    check_compute_location(cloud, &path)?;
    if let Some(source) = ["sourceInstanceTemplate", "sourceMachineImage"]
        .into_iter()
        .find(|s| call.query(s).is_some())
    {
        return Err(ApiError::unimplemented(format!(
            "{source} is not simulated."
        )));
    }
    let number = cloud.iam.project_number(project);
    let settings = &cloud.compute.settings;
    let context = InsertContext {
        project,
        number: &number,
        zone,
        now: call.now,
        settings,
    };
    let mut resource = request::read(&call.body, &context)?;
    let requested = call.body["networkInterfaces"]
        .as_array()
        .into_iter()
        .flatten();
    let interfaces = resource["networkInterfaces"].as_array_mut();
    for (index, (named, interface)) in requested.zip(interfaces.into_iter().flatten()).enumerate() {
        network::attach(cloud, named, index, interface)?;
    }
    let disks = disks_to_create(cloud, call, &resource)?;
    if cloud.compute.instances.contains(&path) {
        return Err(already_exists(&path));
    }
    assign_addresses(cloud, &mut resource);

    let mut instance = Instance {
        id: cloud.resources.next_id(),
        project: project.to_owned(),
        zone: zone.to_owned(),
        name: name.to_owned(),
        resource,
        status: Status::Provisioning,
        powered: false,
        created: call.now,
        last_start: None,
        last_stop: None,
        last_suspended: None,
        start_operation: None,
        start_error: None,
        shutdown: None,
        preempted: false,
        maintenance: None,
        changed: call.now,
        serial: String::new(),
    };
    instance.start_error = capacity::refusal(&cloud.compute, &instance);
    if let Some(error) = instance
        .start_error
        .take_if(|_| cloud.compute.settings.refuse_at_once)
    {
        return Err(error.into_api_error());
    }
    let started = operations::begin(cloud, call, "insert", &path, &instance.id);
    instance.start_operation = Some(started.clone());
    for (path, disk) in disks {
        cloud.compute.disks.insert(path, disk);
    }
    cloud.compute.ids.insert(instance.id.clone(), path.clone());
    cloud.compute.instances.insert(path.clone(), instance);
    let staged = call.now + cloud.compute.settings.insert_operation;
    cloud.agenda.add(staged, &path, Event::Provisioned);
    Ok(operations::respond_with(cloud, call, &started))
}

/// The disks to create. Disks to attach must exist; disks to create must not.
fn disks_to_create(
    cloud: &mut Cloud,
    call: &Call,
    resource: &Value,
) -> Result<Vec<(String, Disk)>, ApiError> {
    let mut new_disks = Vec::new();
    let requested = call.body["disks"].as_array().into_iter().flatten();
    for (requested, disk) in requested.zip(resource["disks"].as_array().into_iter().flatten()) {
        let path = disk["source"].as_str().unwrap_or_default();
        let existing = cloud.compute.disks.contains(path);
        if !requested["source"].is_null() {
            if !existing {
                return Err(not_found(path));
            }
            continue;
        }
        if existing {
            return Err(already_exists(path));
        }
        let params = &requested["initializeParams"];
        let image = params["sourceImage"].as_str().map(|image| {
            let path = super::reference::full_path(image, call.path("project"), "global/images");
            cloud
                .compute
                .settings
                .image(&path)
                .map_or(path, super::catalog::Image::path)
        });
        let kind = params["diskType"]
            .as_str()
            .map_or("pd-standard", last_segment);
        let disk = Disk {
            id: cloud.resources.next_id(),
            kind: kind.to_owned(),
            size_gb: disk["diskSizeGb"].as_str().unwrap_or_default().to_owned(),
            image,
            snapshot: None,
            description: None,
            labels: params["labels"].clone(),
            created: call.now,
        };
        new_disks.push((path.to_owned(), disk));
    }
    Ok(new_disks)
}

/// Assigns addresses to every interface, from ranges that are not routed.
fn assign_addresses(cloud: &mut Cloud, resource: &mut Value) {
    for interface in resource["networkInterfaces"]
        .as_array_mut()
        .into_iter()
        .flatten()
    {
        let number = cloud.resources.next_number();
        let (high, low) = (number / 250 % 250, number % 250 + 2);
        if interface["networkIP"].is_null() {
            interface["networkIP"] = format!("10.128.{high}.{low}").into();
        }
        for access in interface["accessConfigs"]
            .as_array_mut()
            .into_iter()
            .flatten()
        {
            if access["natIP"].is_null() {
                // TEST-NET-3 (RFC 5737).
                access["natIP"] = format!("203.0.113.{low}").into();
            }
        }
    }
}
