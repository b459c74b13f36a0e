//! Policies as they are set and read, and which of them are effective.

use super::*;

const KEYS: &str = "iam.disableServiceAccountKeyCreation";
const LOCATIONS: &str = "gcp.resourceLocations";

fn path(constraint: &str) -> String {
    format!("/v2/projects/{PROJECT}/policies/{constraint}")
}

#[test]
fn a_policy_is_created_changed_and_deleted() {
    let mut world = World::new();
    let node = format!("projects/{PROJECT}");
    let rules = json!({ "rules": [{ "enforce": true }] });
    let created = world.policy(&node, KEYS, rules.clone());
    assert_eq!(created["name"], format!("projects/77/policies/{KEYS}"));
    assert_eq!(created["spec"]["rules"], rules["rules"]);
    assert!(created["spec"]["updateTime"].is_string(), "{created}");
    for by in [PROJECT, "77"] {
        let policies = format!("/v2/projects/{by}/policies");
        assert_eq!(world.get(&format!("{policies}/{KEYS}")), created);
        assert_eq!(world.get(&policies), json!({ "policies": [created] }));
    }
    // The name may have the number, too.
    let again = json!({ "name": created["name"], "spec": rules });
    let create = format!("POST /v2/{node}/policies");
    let exists = (409, "Requested entity already exists".to_owned());
    assert_eq!(world.error(&create, again), exists);

    let patch = format!("PATCH {}?updateMask=policy.spec", path(KEYS));
    let spec = |etag: &Value| json!({ "rules": [{ "enforce": false }], "etag": etag });
    let change = json!({ "spec": spec(&created["spec"]["etag"]) });
    let changed = world.ok(&patch, change.clone());
    assert_eq!(changed["spec"]["rules"], json!([{ "enforce": false }]));
    assert_ne!(changed["etag"], created["etag"]);
    assert_eq!(world.error(&patch, change).0, 409);
    let stale = json!({ "etag": created["etag"], "spec": { "reset": true } });
    assert_eq!(world.error(&format!("PATCH {}", path(KEYS)), stale).0, 409);
    let reset = world.ok(
        &format!("PATCH {}", path(KEYS)),
        json!({ "spec": { "reset": true } }),
    );
    assert_eq!(
        (&reset["spec"]["reset"], reset["spec"].get("rules")),
        (&json!(true), None)
    );

    let delete = format!("DELETE {}", path(KEYS));
    let etag = created["etag"].as_str().expect("an etag");
    assert_eq!(world.error(&format!("{delete}?etag={etag}"), NULL).0, 409);
    assert_eq!(world.ok(&delete, NULL), json!({}));
    let gone = (404, "Requested entity was not found.".to_owned());
    assert_eq!(world.error(&delete, NULL), gone);
    assert_eq!(world.error(&format!("GET {}", path(KEYS)), NULL), gone);
}

#[test]
fn policies_need_permissions_of_their_own() {
    let mut world = World::new();
    let owner = Principal::user("project-owner@example.com");
    let project = format!("//cloudresourcemanager.googleapis.com/projects/{PROJECT}");
    world
        .0
        .cloud
        .grant(&project, "roles/owner", owner.as_str(), None);
    let node = format!("projects/{PROJECT}");
    world.boolean(&node, KEYS, true);
    let body = json!({ "spec": { "reset": true } });
    let (status, refused) = world.0.ask(&owner, &format!("PATCH {}", path(KEYS)), &body);
    let metadata = &refused["error"]["details"][0]["metadata"];
    assert_eq!(
        (status, &metadata["permission"]),
        (403, &json!("orgpolicy.policies.update"))
    );
    let get = format!("GET {}", path(KEYS));
    let (_, refused) = world.0.ask(&Principal::user("x@example.com"), &get, &NULL);
    let metadata = &refused["error"]["details"][0]["metadata"];
    assert_eq!(metadata["permission"], "orgpolicy.policy.get");
}

#[test]
fn what_would_not_be_enforced_is_refused() {
    let mut world = World::new();
    let create = "POST /v2/organizations/1/policies";
    let condition = json!({ "expression": "resource.matchTag('1/env', 'prod')" });
    let enforce = json!({ "rules": [{ "enforce": true }] });
    for (constraint, spec, status) in [
        ("storage.uniformBucketLevelAccess", enforce.clone(), 501),
        (
            KEYS,
            json!({ "rules": [{ "enforce": true, "condition": condition }] }),
            501,
        ),
        (KEYS, json!({ "rules": [{ "allowAll": true }] }), 400),
        (
            KEYS,
            json!({ "rules": [{ "enforce": true }], "inheritFromParent": true }),
            400,
        ),
        (
            KEYS,
            json!({ "rules": [{ "enforce": true }], "reset": true }),
            400,
        ),
        (KEYS, json!({ "rules": [] }), 400),
        (LOCATIONS, enforce.clone(), 400),
        (
            LOCATIONS,
            json!({ "rules": [allowed(&["in:mars-locations"])] }),
            400,
        ),
        (
            "iam.allowedPolicyMemberDomains",
            json!({ "rules": [allowed(&["example.com"])] }),
            400,
        ),
    ] {
        let name = format!("organizations/1/policies/{constraint}");
        let (found, message) = world.error(create, json!({ "name": name, "spec": spec }));
        assert_eq!(found, status, "{constraint}: {message}");
    }
    let name = format!("organizations/1/policies/{KEYS}");
    let dry = json!({ "name": name, "spec": enforce, "dryRunSpec": enforce });
    assert_eq!(world.error(create, dry).0, 501);
    let words = "The policy contains invalid list value(s): [x]. Please fix the values in the \
                 policy and try again";
    let name = format!("organizations/1/policies/{LOCATIONS}");
    let body = json!({ "name": name, "spec": { "rules": [allowed(&["x"])] } });
    assert_eq!(world.error(create, body), (400, words.to_owned()));
}

#[test]
fn constraints_are_listed() {
    let mut world = World::new();
    for (node, name) in [
        ("organizations/1", "organizations/1"),
        ("folders/7", "folders/7"),
        ("projects/product", "projects/77"),
    ] {
        let list = world.get(&format!("/v2/{node}/constraints"));
        let all = list["constraints"].as_array().expect("constraints");
        let find = |id: &str| {
            let name = format!("{name}/constraints/{id}");
            all.iter()
                .find(|one| one["name"] == name)
                .expect("it is listed")
        };
        assert_eq!(find(KEYS)["booleanConstraint"], json!({}));
        assert_eq!(
            find(LOCATIONS)["listConstraint"],
            json!({ "supportsIn": true })
        );
    }
}

#[test]
fn the_nearest_policy_is_effective() {
    let mut world = World::new();
    let effective = |world: &mut World, node: &str, constraint: &str| {
        let found = world.get(&format!(
            "/v2/{node}/policies/{constraint}:getEffectivePolicy"
        ));
        found["spec"]["rules"].clone()
    };
    let node = format!("projects/{PROJECT}");
    let (on, off) = (json!([{ "enforce": true }]), json!([{ "enforce": false }]));
    assert_eq!(effective(&mut world, &node, KEYS), off);
    world.boolean("organizations/1", KEYS, true);
    world.boolean("folders/7", KEYS, false);
    assert_eq!(effective(&mut world, "organizations/1", KEYS), on);
    assert_eq!(effective(&mut world, &node, KEYS), off);
    world.ok(&format!("DELETE /v2/folders/7/policies/{KEYS}"), NULL);
    assert_eq!(effective(&mut world, "projects/77", KEYS), on);

    let all = json!([{ "allowAll": true }]);
    assert_eq!(effective(&mut world, &node, LOCATIONS), all);
    world.list(
        "organizations/1",
        LOCATIONS,
        allowed(&["in:eu-locations", "us-east1"]),
    );
    let denied = json!({ "values": { "deniedValues": ["europe-west3"] } });
    let spec = json!({ "inheritFromParent": true, "rules": [denied, allowed(&["us"])] });
    world.policy("folders/7", LOCATIONS, spec);
    let merged = json!([{ "values": {
        "allowedValues": ["us", "in:eu-locations", "in:us-east1-locations"],
        "deniedValues": ["in:europe-west3-locations"],
    } }]);
    assert_eq!(effective(&mut world, &node, LOCATIONS), merged);
    let spec = json!({ "inheritFromParent": false, "rules": [{ "denyAll": true }] });
    world.policy(&child(), LOCATIONS, spec);
    assert_eq!(
        effective(&mut world, &child(), LOCATIONS),
        json!([{ "denyAll": true }])
    );
    world.policy(&node, LOCATIONS, json!({ "reset": true }));
    assert_eq!(effective(&mut world, &node, LOCATIONS), all);
}
