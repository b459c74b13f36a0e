//! `instances.insert`: from the request to a machine being provisioned.

use super::{
    agenda::Due,
    context::Scene,
    disk::Disk,
    error::{check_zone, exists, not_found},
    instance::{Instance, Status},
    network, operations,
    reference::last,
    request, scarcity,
};
use crate::{Answer, ApiError, Call, Cloud};
use serde_json::Value;

pub(super) fn insert(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    check_zone(call)?;
    let (project, zone) = (call.path("project"), call.path("zone"));
    let name = call.body["name"].as_str().unwrap_or_default();
    let path = format!("projects/{project}/zones/{zone}/instances/{name}");
    if let Some(answer) = operations::repeated(cloud, call, "insert", &path)? {
        return Ok(answer);
    }
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
    let scene = Scene {
        project,
        number: &number,
        zone,
        now: call.now,
        settings,
    };
    let mut resource = request::read(&call.body, &scene)?;
    let asked = call.body["networkInterfaces"]
        .as_array()
        .into_iter()
        .flatten();
    let interfaces = resource["networkInterfaces"].as_array_mut();
    for (index, (named, interface)) in asked.zip(interfaces.into_iter().flatten()).enumerate() {
        network::attach(cloud, named, index, interface)?;
    }
    let disks = disks(cloud, call, &resource)?;
    if cloud.compute.instances.contains(&path) {
        return Err(exists(&path));
    }
    address(cloud, &mut resource);

    let mut instance = Instance {
        id: cloud.compute.next_id(),
        project: project.to_owned(),
        zone: zone.to_owned(),
        name: name.to_owned(),
        resource,
        status: Status::Provisioning,
        powered: false,
        created: call.now,
        last_start: None,
        last_stop: None,
        launching: None,
        refused: None,
        ending: None,
        preempted: false,
        maintenance: None,
        touched: call.now,
        serial: String::new(),
    };
    instance.refused = scarcity::refusal(&cloud.compute, &instance);
    if let Some(fault) = instance
        .refused
        .take_if(|_| cloud.compute.settings.refuse_at_once)
    {
        return Err(fault.at_once());
    }
    let started = operations::begin(cloud, call, "insert", &path, &instance.id);
    instance.launching = Some(started.clone());
    for (path, disk) in disks {
        cloud.compute.disks.insert(path, disk);
    }
    cloud.compute.ids.insert(instance.id.clone(), path.clone());
    cloud.compute.instances.insert(path.clone(), instance);
    let staged = call.now + cloud.compute.settings.insert_operation;
    cloud.compute.agenda.add(staged, &path, Due::Staged);
    Ok(operations::answer(cloud, call, &started))
}

/// The disks to make. Those to attach must be there, those to make must not.
fn disks(
    cloud: &mut Cloud,
    call: &Call,
    resource: &Value,
) -> Result<Vec<(String, Disk)>, ApiError> {
    let mut made = Vec::new();
    let asked = call.body["disks"].as_array().into_iter().flatten();
    for (asked, disk) in asked.zip(resource["disks"].as_array().into_iter().flatten()) {
        let path = disk["source"].as_str().unwrap_or_default();
        let there = cloud.compute.disks.contains(path);
        if !asked["source"].is_null() {
            if !there {
                return Err(not_found(path));
            }
            continue;
        }
        if there {
            return Err(exists(path));
        }
        let params = &asked["initializeParams"];
        let image = params["sourceImage"].as_str().map(|image| {
            let path = super::reference::full(image, call.path("project"), "global/images");
            cloud
                .compute
                .settings
                .image(&path)
                .map_or(path, super::catalog::Image::path)
        });
        let kind = params["diskType"].as_str().map_or("pd-standard", last);
        let disk = Disk {
            id: cloud.compute.next_id(),
            kind: kind.to_owned(),
            size_gb: disk["diskSizeGb"].as_str().unwrap_or_default().to_owned(),
            image,
            labels: params["labels"].clone(),
            created: call.now,
        };
        made.push((path.to_owned(), disk));
    }
    Ok(made)
}

/// Gives every interface its addresses, from ranges that lead nowhere.
fn address(cloud: &mut Cloud, resource: &mut Value) {
    for interface in resource["networkInterfaces"]
        .as_array_mut()
        .into_iter()
        .flatten()
    {
        let number = cloud.compute.next();
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
