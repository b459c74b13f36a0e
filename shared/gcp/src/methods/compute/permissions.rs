//! The permissions that creating an instance requires: they depend on the
//! request body.

use crate::{Request, RequiredPermission};
use serde_json::Value;

const SERVICE: &str = "compute.googleapis.com";

fn on_resource(permission: &'static str, name: &str) -> RequiredPermission {
    RequiredPermission::on(permission, SERVICE, name)
}

fn zone_name(r: &Request) -> String {
    let (project, zone) = (r.path_value("project"), r.path_value("zone"));
    format!("projects/{project}/zones/{zone}")
}

/// The permissions that `instances.insert` requires. An image of another project
/// is assumed to be public, which anybody may use.
pub(super) fn insert_permissions(r: &Request) -> Vec<RequiredPermission> {
    let (body, zone) = (r.body_json(), zone_name(r));
    let name = text(&body["name"]);
    let instance = format!("{zone}/instances/{name}");
    let mut required = vec![on_resource("compute.instances.create", &instance)];
    for (field, permission) in [
        (&body["metadata"]["items"], "compute.instances.setMetadata"),
        (&body["labels"], "compute.instances.setLabels"),
        (&body["tags"]["items"], "compute.instances.setTags"),
        (
            &body["serviceAccounts"],
            "compute.instances.setServiceAccount",
        ),
    ] {
        if !is_empty(field) {
            required.push(on_resource(permission, &instance));
        }
    }
    for disk in list(&body["disks"]) {
        required.extend(disk_permissions(r, disk, &zone, name));
    }
    for interface in list(&body["networkInterfaces"]) {
        let subnetwork = subnetwork(r, interface);
        required.push(on_resource("compute.subnetworks.use", &subnetwork));
        if !is_empty(&interface["accessConfigs"]) {
            required.push(on_resource(
                "compute.subnetworks.useExternalIp",
                &subnetwork,
            ));
        }
    }
    for account in list(&body["serviceAccounts"]) {
        let email = text(&account["email"]);
        required.push(RequiredPermission::on_service_account(
            "iam.serviceAccounts.actAs",
            email,
        ));
    }
    required
}

fn disk_permissions(
    r: &Request,
    disk: &Value,
    zone: &str,
    instance: &str,
) -> Vec<RequiredPermission> {
    if let Some(source) = disk["source"].as_str() {
        let permission = match disk["mode"].as_str() {
            Some("READ_ONLY") => "compute.disks.useReadOnly",
            _ => "compute.disks.use",
        };
        return vec![on_resource(permission, &full_name(r, source))];
    }
    let params = &disk["initializeParams"];
    // A boot disk without a name gets the name of its instance.
    let name = params["diskName"].as_str().unwrap_or(instance);
    let mut required = vec![on_resource(
        "compute.disks.create",
        &format!("{zone}/disks/{name}"),
    )];
    if let Some(image) = params["sourceImage"].as_str() {
        let image = full_name(r, image);
        if image.split('/').nth(1) == Some(r.path_value("project")) {
            required.push(on_resource("compute.images.useReadOnly", &image));
        }
    }
    required
}

/// The subnetwork of an interface. If it names only a network, which is then in
/// auto mode, it is the region's subnetwork of the same name; if it names
/// neither, `default`.
fn subnetwork(r: &Request, interface: &Value) -> String {
    if let Some(subnetwork) = interface["subnetwork"].as_str() {
        return full_name(r, subnetwork);
    }
    let network = interface["network"].as_str().unwrap_or("default");
    let network = network.rsplit('/').next().unwrap_or(network);
    let zone = r.path_value("zone");
    let region = zone.rsplit_once('-').map_or(zone, |(region, _)| region);
    full_name(r, &format!("regions/{region}/subnetworks/{network}"))
}

/// The resource name, from `projects/` on, of a full or partial URL.
fn full_name(r: &Request, link: &str) -> String {
    match link.find("projects/") {
        Some(at) => link[at..].to_owned(),
        None => format!("projects/{}/{link}", r.path_value("project")),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::compute::insert_request;
    use serde_json::json;

    fn required(body: &Value) -> Vec<String> {
        let (project, zone) = ("project-1".parse(), "us-central1-a".parse());
        let id = uuid::Uuid::nil();
        let request = insert_request(&project.expect("valid"), &zone.expect("valid"), body, id);
        let required = insert_permissions(&request).into_iter();
        required
            .map(|n| {
                let name = n
                    .resource
                    .trim_start_matches("//compute.googleapis.com/projects/");
                format!("{} {name}", n.permission)
            })
            .collect()
    }

    #[test]
    fn a_minimal_body_requires_few_permissions() {
        let body = json!({"name": "i", "disks": [{"initializeParams": {
            "sourceImage": "projects/cos-cloud/global/images/family/cos-stable"}}],
            "networkInterfaces": [{}], "labels": {}, "metadata": {"items": []}});
        assert_eq!(
            required(&body),
            [
                "compute.instances.create project-1/zones/us-central1-a/instances/i",
                "compute.disks.create project-1/zones/us-central1-a/disks/i",
                "compute.subnetworks.use project-1/regions/us-central1/subnetworks/default",
            ]
        );
    }

    #[test]
    fn each_part_of_the_body_requires_its_permission() {
        let body = json!({
            "name": "i", "labels": {"a": "b"}, "tags": {"items": ["t"]},
            "metadata": {"items": [{"key": "k", "value": "v"}]},
            "disks": [
                {"initializeParams": {"diskName": "boot", "sourceImage": "global/images/own"}},
                {"source": "https://www.googleapis.com/compute/v1/projects/other-1/zones/z/disks/d"},
                {"source": "zones/us-central1-a/disks/data", "mode": "READ_ONLY"},
            ],
            "networkInterfaces": [
                {"subnetwork": "projects/host-1/regions/r/subnetworks/s", "accessConfigs": [{}]},
                {"network": "global/networks/net"},
            ],
            "serviceAccounts": [{"email": "a@project-1.iam.gserviceaccount.com"}],
        });
        assert_eq!(
            required(&body),
            [
                "compute.instances.create project-1/zones/us-central1-a/instances/i",
                "compute.instances.setMetadata project-1/zones/us-central1-a/instances/i",
                "compute.instances.setLabels project-1/zones/us-central1-a/instances/i",
                "compute.instances.setTags project-1/zones/us-central1-a/instances/i",
                "compute.instances.setServiceAccount project-1/zones/us-central1-a/instances/i",
                "compute.disks.create project-1/zones/us-central1-a/disks/boot",
                "compute.images.useReadOnly project-1/global/images/own",
                "compute.disks.use other-1/zones/z/disks/d",
                "compute.disks.useReadOnly project-1/zones/us-central1-a/disks/data",
                "compute.subnetworks.use host-1/regions/r/subnetworks/s",
                "compute.subnetworks.useExternalIp host-1/regions/r/subnetworks/s",
                "compute.subnetworks.use project-1/regions/us-central1/subnetworks/net",
                "iam.serviceAccounts.actAs //iam.googleapis.com/projects/-/serviceAccounts/a@project-1.iam.gserviceaccount.com",
            ]
        );
    }
}
