//! Compares routes and responses with Google's discovery document.

use super::{
    ROUTES,
    tests::{ZONE, ask, body, insert},
};
use crate::{Cloud, methods::excerpt};
use http::Method;
use serde_json::Value;

#[test]
fn every_route_is_googles() {
    let discovery = excerpt("compute.v1");
    for route in ROUTES {
        let known = &discovery["methods"][route.id];
        let verb = route.http_method.as_str();
        assert_eq!(known["httpMethod"], verb, "{}", route.id);
        assert_eq!(known["path"], route.path, "{}", route.id);
    }
}

/// Asserts that every field of `value` is in the schema.
fn conforms(discovery: &Value, schema: &Value, value: &Value, at: &str) {
    let schema = match schema["$ref"].as_str() {
        Some(name) => &discovery["schemas"][name],
        None => schema,
    };
    match value {
        Value::Object(fields) => {
            assert_eq!(schema["type"], "object", "{at}");
            for (key, value) in fields {
                let property = &schema["properties"][key];
                let property = if property.is_null() {
                    &schema["additionalProperties"]
                } else {
                    property
                };
                assert!(!property.is_null(), "{at}.{key} is not in the schema");
                conforms(discovery, property, value, &format!("{at}.{key}"));
            }
        }
        Value::Array(items) => {
            assert_eq!(schema["type"], "array", "{at}");
            for item in items {
                conforms(discovery, &schema["items"], item, at);
            }
        }
        Value::String(text) => {
            assert_eq!(schema["type"], "string", "{at}");
            if let Some(choices) = schema["enum"].as_array() {
                assert!(choices.contains(&text.as_str().into()), "{at} is {text}");
            }
        }
        Value::Bool(_) => assert_eq!(schema["type"], "boolean", "{at}"),
        Value::Number(_) => {
            assert!(
                schema["type"] == "integer" || schema["type"] == "number",
                "{at}"
            );
        }
        Value::Null => panic!("{at} is null"),
    }
}

#[test]
fn every_answer_fits_its_schema() {
    let discovery = excerpt("compute.v1");
    let mut cloud = Cloud::new();
    let mut full = body("vm");
    full["tags"] = serde_json::json!({ "items": ["t"] });
    full["networkInterfaces"][0]["accessConfigs"] = serde_json::json!([{}]);
    full["machineType"] = "g2-standard-4".into();
    full["disks"][0]["initializeParams"]["diskType"] =
        "zones/us-central1-a/diskTypes/pd-balanced".into();
    full["scheduling"] = serde_json::json!({ "onHostMaintenance": "TERMINATE",
        "maxRunDuration": { "seconds": "60" }, "instanceTerminationAction": "DELETE" });
    let begun = insert(&mut cloud, &full, 0).expect("inserted");
    conforms(
        &discovery,
        &serde_json::json!({ "$ref": "Operation" }),
        &begun,
        "insert",
    );
    cloud.compute_settings().instances = 1;
    let start_error = insert(&mut cloud, &body("vm2"), 0).expect("inserted");
    let start_error = format!(
        "zones/us-central1-a/operations/{}",
        start_error["name"].as_str().expect("a name")
    );
    cloud
        .compute_settings()
        .stockouts
        .insert(("us-central1-b".to_owned(), "n1-standard-4".to_owned()));
    cloud
        .compute_settings()
        .zones_available
        .push("us-central1-c".to_owned());
    cloud.compute_settings().instances = 9;
    let mut elsewhere = body("vm3");
    elsewhere["machineType"] = "n1-standard-4".into();
    let path = "projects/demo/zones/us-central1-b/instances";
    ask(&mut cloud, Method::POST, path, &elsewhere, 0).expect("inserted");
    let simulate = format!("{ZONE}/instances/vm/simulateMaintenanceEvent");
    ask(&mut cloud, Method::POST, &simulate, &Value::Null, 1000).expect("announced");

    for (path, name) in [
        ("regions/us-central1/addresses", "a"),
        ("zones/us-central1-a/disks/vm/createSnapshot", "s"),
    ] {
        let path = format!("projects/demo/{path}");
        let named = serde_json::json!({ "name": name });
        ask(&mut cloud, Method::POST, &path, &named, 1000).expect("begun");
    }

    for (path, schema) in [
        ("zones/us-central1-a/instances/vm", "Instance"),
        ("zones/us-central1-a/instances?maxResults=1", "InstanceList"),
        ("aggregated/instances", "InstanceAggregatedList"),
        (
            "zones/us-central1-a/instances/vm/serialPort",
            "SerialPortOutput",
        ),
        (&start_error, "Operation"),
        ("zones/us-central1-a/operations", "OperationList"),
        ("zones/us-central1-b/operations", "OperationList"),
        ("zones/us-central1-a/disks/vm", "Disk"),
        ("zones/us-central1-a/disks", "DiskList"),
        ("aggregated/disks", "DiskAggregatedList"),
        ("aggregated/operations", "OperationAggregatedList"),
        ("aggregated/machineTypes", "MachineTypeAggregatedList"),
        (
            "aggregated/acceleratorTypes",
            "AcceleratorTypeAggregatedList",
        ),
        ("aggregated/diskTypes", "DiskTypeAggregatedList"),
        ("aggregated/addresses", "AddressAggregatedList"),
        ("aggregated/subnetworks", "SubnetworkAggregatedList"),
        ("zones/us-central1-a/diskTypes", "DiskTypeList"),
        ("zones/us-central1-a/diskTypes/pd-ssd", "DiskType"),
        ("regions/us-central1/addresses/a", "Address"),
        ("global/snapshots/s", "Snapshot"),
        (
            "zones/us-central1-a/imageFamilyViews/debian-12",
            "ImageFamilyView",
        ),
        ("global/images", "ImageList"),
        ("zones", "ZoneList"),
        ("zones/us-central1-a", "Zone"),
        ("regions", "RegionList"),
        ("regions/us-central1", "Region"),
        ("zones/us-central1-a/machineTypes", "MachineTypeList"),
        (
            "zones/us-central1-a/machineTypes/a2-highgpu-1g",
            "MachineType",
        ),
        (
            "zones/us-central1-a/acceleratorTypes",
            "AcceleratorTypeList",
        ),
        ("global/images/family/debian-12", "Image"),
        ("", "Project"),
    ] {
        let project = if schema.starts_with("Image") {
            "debian-cloud"
        } else {
            "demo"
        };
        let path = format!("projects/{project}/{path}");
        let path = path.trim_end_matches('/');
        let answer = ask(&mut cloud, Method::GET, path, &Value::Null, 1000).expect(path);
        conforms(
            &discovery,
            &serde_json::json!({ "$ref": schema }),
            &answer,
            path,
        );
    }
}

#[test]
fn networks_fit_their_schemas() {
    let discovery = excerpt("compute.v1");
    let mut cloud = Cloud::new();
    let vpc = serde_json::json!({ "name": "n", "autoCreateSubnetworks": false });
    let subnetwork =
        serde_json::json!({ "name": "s", "network": "n", "ipCidrRange": "10.0.0.0/20" });
    let rule =
        serde_json::json!({ "name": "f", "network": "n", "denied": [{ "IPProtocol": "all" }] });
    let region = "projects/demo/regions/us-central1/subnetworks";
    for (path, body, ms) in [
        ("projects/demo/global/networks", &vpc, 0),
        (region, &subnetwork, 10_000),
        ("projects/demo/global/firewalls", &rule, 10_000),
    ] {
        let begun = ask(&mut cloud, Method::POST, path, body, ms).expect("begun");
        let schema = serde_json::json!({ "$ref": "Operation" });
        conforms(&discovery, &schema, &begun, path);
    }
    for (path, schema) in [
        ("global/networks/n", "Network"),
        ("global/networks", "NetworkList"),
        ("regions/us-central1/subnetworks/s", "Subnetwork"),
        ("regions/us-central1/subnetworks", "SubnetworkList"),
        ("global/firewalls/f", "Firewall"),
        ("global/firewalls", "FirewallList"),
    ] {
        let path = format!("projects/demo/{path}");
        let answer = ask(&mut cloud, Method::GET, &path, &Value::Null, 20_000).expect("an answer");
        let reference = serde_json::json!({ "$ref": schema });
        conforms(&discovery, &reference, &answer, schema);
    }
}
