//! Lists of roles and permissions.

use crate::api::test_cloud::TestCloud;
use serde_json::{Value, json};

#[test]
fn roles_and_permissions_are_listed_page_by_page() {
    let mut test_cloud = TestCloud::new();
    let mut names = Vec::new();
    let mut token = String::new();
    loop {
        let call = format!("GET /v1/roles?pageSize=100&pageToken={token}");
        let (status, page) = test_cloud.owner(&call, &Value::Null);
        assert_eq!(status, 200, "{page}");
        let roles = page["roles"].as_array().expect("roles");
        assert!(
            roles
                .iter()
                .all(|role| role.get("includedPermissions").is_none())
        );
        names.extend(
            roles
                .iter()
                .map(|role| role["name"].as_str().expect("a name").to_owned()),
        );
        match page["nextPageToken"].as_str() {
            Some(next) => next.clone_into(&mut token),
            None => break,
        }
    }
    assert!(names.is_sorted() && names.len() > 300, "{}", names.len());

    let ask = |cloud: &mut TestCloud, verb: &str, resource: &str| {
        let body = json!({ "fullResourceName": resource, "pageSize": 1000 });
        cloud.owner(&format!("POST /v1/{verb}"), &body)
    };
    let ring = "//cloudkms.googleapis.com/projects/p/locations/l/keyRings/r";
    let (_, found) = ask(
        &mut test_cloud,
        "permissions:queryTestablePermissions",
        ring,
    );
    let found = found["permissions"].as_array().expect("permissions");
    let is_of_kms = |p: &Value| {
        p["name"]
            .as_str()
            .is_some_and(|n| n.starts_with("cloudkms."))
    };
    assert!(found.len() > 10 && found.iter().all(is_of_kms));
    let (_, found) = ask(&mut test_cloud, "roles:queryGrantableRoles", ring);
    let roles = found["roles"].as_array().expect("roles");
    let has = |name: &str| roles.iter().any(|role| role["name"] == name);
    assert!(has("roles/cloudkms.admin") && !has("roles/pubsub.publisher"));
    let (status, _) = ask(&mut test_cloud, "roles:queryGrantableRoles", "projects/p");
    assert_eq!(status, 400);
}
