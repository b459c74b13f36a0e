//! `constraints/gcp.resourceLocations`.

use super::*;

const EUROPE: &str = "europe-west1";
const US: &str = "us-central1";

/// Calls that create a resource in `location`, named `name`.
fn creations(project: &str, location: &str, name: &str) -> Vec<(String, Value)> {
    let compute = format!("POST /compute/v1/projects/{project}");
    let mut subnetwork = json!({ "network": "global/networks/default", "name": name });
    let zone = format!("{location}-b");
    subnetwork["ipCidrRange"] = format!("10.{}.0.0/20", name.len()).into();
    let disk = json!({ "name": format!("{name}-data"), "sizeGb": "10" });
    let image = "projects/debian-cloud/global/images/family/debian-12";
    let instance = json!({
        "name": name,
        "machineType": format!("zones/{zone}/machineTypes/e2-micro"),
        "disks": [{ "boot": true, "initializeParams": { "sourceImage": image } }],
        "networkInterfaces": [{ "network": "global/networks/default" }],
    });
    vec![
        (
            format!("POST /storage/v1/b?project={project}"),
            json!({ "name": format!("{project}-{name}"), "location": location }),
        ),
        (
            format!("POST /v1/projects/{project}/locations/{location}/keyRings?keyRingId={name}"),
            json!({}),
        ),
        (
            format!("POST /v1/projects/{project}/databases?databaseId={name}"),
            json!({ "locationId": location, "type": "FIRESTORE_NATIVE" }),
        ),
        (
            format!("{compute}/regions/{location}/subnetworks"),
            subnetwork,
        ),
        (format!("{compute}/zones/{zone}/disks"), disk),
        (format!("{compute}/zones/{zone}/instances"), instance),
    ]
}

fn world() -> World {
    let mut world = World::new();
    let now = world.0.now;
    let cloud = &mut world.0.cloud;
    for project in [PROJECT, CHILD] {
        cloud.add_compute_defaults(project, now);
    }
    cloud.add_project("debian-cloud", 100, None);
    let images = "//cloudresourcemanager.googleapis.com/projects/debian-cloud";
    cloud.grant(
        images,
        "roles/compute.imageUser",
        "allAuthenticatedUsers",
        None,
    );
    world
}

#[test]
fn resources_are_created_in_permitted_locations() {
    let mut world = world();
    for (call, body) in creations(PROJECT, US, "before") {
        world.ok(&call, body);
    }
    let locations = "gcp.resourceLocations";
    world.list("organizations/1", locations, allowed(&["in:eu-locations"]));
    world.list(&child(), locations, json!({ "allowAll": true }));
    let permitted = [(PROJECT, EUROPE), (CHILD, US)];
    for (project, location) in permitted {
        for (call, body) in creations(project, location, "permitted") {
            world.ok(&call, body);
        }
    }
    let of_compute = |kind: &str, path: &str| {
        let message = format!(
            "Location {kind} violates constraint constraints/gcp.resourceLocations on the \
             resource projects/{PROJECT}/{path}."
        );
        (412, message)
    };
    let in_api = |what: &str| {
        let message = format!(
            "Constraint constraints/gcp.resourceLocations violated for [orgpolicy:projects/77] \
             attempting to create {what} in [{US}]. For more information, see \
             https://cloud.google.com/resource-manager/docs/organization-policy/defining-locations."
        );
        (400, message)
    };
    let expected = [
        (
            412,
            format!("'{US}' violates constraint 'constraints/gcp.resourceLocations'"),
        ),
        in_api("a key ring"),
        in_api("a database"),
        of_compute(
            "REGION:us-central1",
            "regions/us-central1/subnetworks/refused",
        ),
        of_compute(
            "ZONE:us-central1-b",
            "zones/us-central1-b/disks/refused-data",
        ),
        of_compute(
            "ZONE:us-central1-b",
            "zones/us-central1-b/instances/refused",
        ),
    ];
    let refused = creations(PROJECT, US, "refused");
    for ((call, body), expected) in refused.into_iter().zip(expected) {
        assert_eq!(world.error(&call, body), expected, "{call}");
    }
    // A topic has no location.
    let topic = format!("PUT /v1/projects/{PROJECT}/topics/anywhere");
    world.ok(&topic, json!({}));
}

#[test]
fn a_bucket_is_in_the_us_unless_it_says_otherwise() {
    let mut world = world();
    let locations = "gcp.resourceLocations";
    world.list("folders/7", locations, allowed(&["in:eu-locations"]));
    let create = format!("POST /storage/v1/b?project={PROJECT}");
    let (status, answer) = world.ask(&create, json!({ "name": "somewhere" }));
    let error = &answer["error"];
    let message = "'us' violates constraint 'constraints/gcp.resourceLocations'";
    assert_eq!((status, &error["message"]), (412, &json!(message)));
    assert_eq!(error["errors"][0]["reason"], "conditionNotMet");
    world.ok(&create, json!({ "name": "somewhere", "location": "EU" }));

    let denied = json!({ "values": { "deniedValues": ["eu"] } });
    let spec = json!({ "inheritFromParent": true, "rules": [denied] });
    world.policy(&format!("projects/{PROJECT}"), locations, spec);
    let eu = json!({ "name": "elsewhere", "location": "EU" });
    assert_eq!(world.error(&create, eu).0, 412);
    let region = json!({ "name": "elsewhere", "location": "EUROPE-WEST4" });
    world.ok(&create, region);
}

#[test]
fn the_refusal_names_the_constraint() {
    let mut world = world();
    let constraint = "gcp.resourceLocations";
    world.list("organizations/1", constraint, allowed(&["us"]));
    let path = format!("/v1/projects/{PROJECT}/locations/global/keyRings?keyRingId=r");
    let (_, answer) = world.ask(&format!("POST {path}"), json!({}));
    let violation = &answer["error"]["details"][0]["violations"][0];
    assert_eq!(violation["type"], "constraints/gcp.resourceLocations");
    assert_eq!(violation["subject"], "orgpolicy:projects/77");
    assert_eq!(violation["description"], answer["error"]["message"]);
}
