//! Organisations.

use super::{ORGANIZATION, World};
use crate::api::cloudidentity::Directory;
use serde_json::json;

#[test]
fn an_organization_is_found_by_its_domain() {
    let mut world = World::new();
    world.0.cloud.set_directory(Directory {
        customer: "C1".to_owned(),
        domains: vec!["example.com".to_owned()],
        ..Directory::default()
    });
    let get = "GET /v1/organizations/1";
    assert_eq!(world.error("ann", get, json!(null)).0, 403);
    let role = "roles/resourcemanager.organizationViewer";
    world
        .0
        .cloud
        .grant(ORGANIZATION, role, "user:ann@example.com", None);
    let shown = json!({
        "name": "organizations/1",
        "displayName": "example.com",
        "owner": { "directoryCustomerId": "C1" },
        "lifecycleState": "ACTIVE",
    });
    assert_eq!(world.ask("ann", get, json!(null)), (200, shown.clone()));
    let search = "POST /v1/organizations:search";
    for (filter, found) in [("domain:example.com", 1), ("domain:example.org", 0)] {
        let (_, list) = world.ask("ann", search, json!({ "filter": filter }));
        let list = list["organizations"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        assert_eq!(list.len(), found, "{filter}");
    }
    let (_, none) = world.ask("bob", search, json!({}));
    assert_eq!(none, json!({}));
    let (_, list) = world.ask("ann", "GET /v3/organizations:search", json!(null));
    assert_eq!(list["organizations"][0]["directoryCustomerId"], "C1");
    let (_, all) = world.ask("ann", "GET /v3/organizations/1", json!(null));
    assert_eq!(all["state"], "ACTIVE");
}

#[test]
fn permissions_are_tested_on_what_a_factory_needs() {
    let mut world = World::new();
    let create = "resourcemanager.projects.create";
    let body = json!({ "permissions": [create, "resourcemanager.projects.setIamPolicy"] });
    for name in [
        "v3/folders/7",
        "v2/folders/7",
        "v3/organizations/1",
        "v1/organizations/1",
    ] {
        let call = format!("POST /{name}:testIamPermissions");
        let held = world.ok(&call, body.clone());
        assert_eq!(held, json!({ "permissions": [create] }), "{name}");
        assert_eq!(
            world.ask("ann", &call, body.clone()),
            (200, json!({})),
            "{name}"
        );
    }
}
