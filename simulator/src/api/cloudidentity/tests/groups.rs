//! Groups and memberships: made, found, changed, removed.

use super::{FORUM, World, body, member, members};
use serde_json::{Value, json};

#[test]
fn a_group_is_made_found_changed_and_deleted() {
    let mut world = World::new();
    let mut group = body("team");
    // As gcloud names the customer.
    group["parent"] = "customerId/C1".into();
    let call = "POST /v1/groups?initialGroupConfig=WITH_INITIAL_OWNER";
    let made = world.ok("admin", call, group);
    let made = &made["response"];
    let package = "type.googleapis.com/google.apps.cloudidentity.groups.v1";
    assert_eq!(made["@type"], format!("{package}.Group"));
    assert_eq!(made["parent"], "customers/C1");
    assert_eq!(made["groupKey"]["id"], "team@example.com");
    let name = made["name"].as_str().expect("a name").to_owned();

    let lookup = "GET /v1/groups:lookup?groupKey.id=team@example.com";
    assert_eq!(world.ok("admin", lookup, Value::Null)["name"], *name);
    let list = world.ok("admin", "GET /v1/groups?parent=customers/C1", Value::Null);
    assert_eq!(list["groups"][0]["name"], *name);
    assert_eq!(list["groups"][0].get("createTime"), None);
    let all = "GET /v1/groups?view=FULL&parent=customers/C1";
    let list = world.ok("admin", all, Value::Null);
    assert!(list["groups"][0]["createTime"].is_string());
    let elsewhere = "GET /v1/groups?parent=customers/C2";
    assert_eq!(world.ok("admin", elsewhere, Value::Null), json!({}));

    let memberships = world.ok("admin", &format!("GET /v1/{name}/memberships"), Value::Null);
    let owner = &memberships["memberships"][0];
    assert_eq!(owner["preferredMemberKey"]["id"], "admin@example.com");
    assert_eq!(owner["roles"][1]["name"], "OWNER");

    let patch = format!("PATCH /v1/{name}?updateMask=description");
    let patched = world.ok("admin", &patch, json!({ "description": "All of us" }));
    assert_eq!(patched["response"]["description"], "All of us");
    assert_eq!(patched["response"]["displayName"], "team");
    let patch = format!("PATCH /v1/{name}?updateMask=labels");
    let (status, message) = world.error("admin", &patch, json!({ "labels": {} }));
    assert_eq!(
        (status, &*message),
        (400, &*format!("The label {FORUM} must be set."))
    );

    let (status, message) = world.error("admin", "POST /v1/groups", body("team"));
    let exists = "Error(2018): Cannot create group 'team@example.com' because it already exists.";
    assert_eq!((status, &*message), (409, exists));
    let deleted = world.ok("admin", &format!("DELETE /v1/{name}"), Value::Null);
    assert_eq!(deleted["done"], true);
    let get = format!("GET /v1/{name}");
    assert_eq!(world.error("admin", &get, Value::Null).0, 403);
    assert_ne!(world.group("team"), name);
}

#[test]
fn groups_are_searched_as_gcloud_does() {
    let mut world = World::new();
    world.group("sales");
    let mut secure = body("secure");
    secure["labels"]["cloudidentity.googleapis.com/groups.security"] = "".into();
    world.ok("admin", "POST /v1/groups", secure);
    let mut found = |query: &str| {
        let call = format!(
            "GET /v1/groups:search?query={}",
            query.replace("&&", "%26%26")
        );
        let found = world.ok("admin", &call, Value::Null);
        let groups = found["groups"].as_array().cloned().unwrap_or_default();
        let names = groups.iter().map(|group| group["displayName"].as_str());
        let mut names: Vec<String> = names.map(|name| name.expect("one").to_owned()).collect();
        names.sort();
        names
    };
    let in_labels = format!("\"{FORUM}\" in labels");
    let gcloud = format!("parent==\"customerId/C1\" && {in_labels}");
    assert_eq!(found(&gcloud), ["sales", "secure"]);
    let documented = "parent == 'customers/C1' && \
                      'cloudidentity.googleapis.com/groups.security' in labels";
    assert_eq!(found(documented), ["secure"]);
    assert_eq!(
        found("parent == 'customers/C1' && group_key.startsWith('sa')"),
        ["sales"]
    );
    assert_eq!(
        found("parent == 'customers/C1' && display_name.contains('cur')"),
        ["secure"]
    );
    assert_eq!(found("parent == 'customers/C2'"), [""; 0]);
    let no_parent = format!(
        "GET /v1/groups:search?query={}",
        in_labels.replace('"', "'")
    );
    assert_eq!(world.error("admin", &no_parent, Value::Null).0, 400);
}

#[test]
fn memberships_have_roles_and_end() {
    let mut world = World::new();
    let group = world.group("team");
    let ann = world.member(&group, "ann@example.com", &[]);
    let lookup = format!("GET /v1/{group}/memberships:lookup?memberKey.id=ann@example.com");
    assert_eq!(world.ok("admin", &lookup, Value::Null)["name"], *ann);
    let shown = world.ok("admin", &format!("GET /v1/{ann}"), Value::Null);
    assert_eq!(shown["roles"], json!([{ "name": "MEMBER" }]));
    assert_eq!(shown["type"], "USER");
    let list = world.ok(
        "admin",
        &format!("GET /v1/{group}/memberships"),
        Value::Null,
    );
    assert_eq!(list["memberships"][0].get("type"), None);

    let ann_again = member("ann@example.com", &["MEMBER"]);
    let (status, message) = world.error("admin", &members(&group), ann_again);
    let exists = format!(
        "Error(4003): Cannot create membership 'ann@example.com' in '{group}' because it already \
         exists."
    );
    assert_eq!((status, message), (409, exists));
    let only_owner = member("bob@example.com", &["OWNER"]);
    let (status, message) = world.error("admin", &members(&group), only_owner);
    assert_eq!((status, &*message), (400, "MEMBER role must be specified"));
    let nobody = member("nobody@example.com", &[]);
    assert_eq!(world.error("admin", &members(&group), nobody).0, 404);

    let modify = format!("POST /v1/{ann}:modifyMembershipRoles");
    let promote = json!({ "addRoles": [{ "name": "MANAGER" }] });
    let modified = world.ok("admin", &modify, promote);
    assert_eq!(modified["membership"]["roles"][1]["name"], "MANAGER");
    let demote = json!({ "removeRoles": ["MANAGER"] });
    world.ok("admin", &modify, demote);
    let leave = json!({ "removeRoles": ["MEMBER"] });
    assert_eq!(world.error("admin", &modify, leave).0, 400);
    let expire = json!({ "updateRolesParams": [{
        "fieldMask": "expiryDetail.expireTime",
        "membershipRole": {
            "name": "MEMBER",
            // As gcloud writes it.
            "expiryDetail": { "expireTime": "1970-01-01T00:20:00.000+00:00" },
        },
    }] });
    let modified = world.ok("admin", &modify, expire);
    let expiry = &modified["membership"]["roles"][0]["expiryDetail"]["expireTime"];
    assert_eq!(expiry, "1970-01-01T00:20:00Z");
    world.0.advance(199);
    world.ok("admin", &lookup, Value::Null);
    world.0.advance(2);
    assert_eq!(world.error("admin", &lookup, Value::Null).0, 403);
}
