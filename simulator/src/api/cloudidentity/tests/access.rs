//! Who may do what.

use super::{World, body, member, members};
use crate::iam::Principal;
use serde_json::{Value, json};

#[test]
fn members_see_managers_change_owners_delete() {
    let mut world = World::new();
    let group = world.group("team");
    world.member(&group, "ann@example.com", &["MEMBER"]);
    world.member(&group, "bob@example.com", &["MEMBER", "MANAGER"]);
    let owner = world.member(&group, "owner@example.com", &["MEMBER", "OWNER"]);
    let get = format!("GET /v1/{group}");
    let list = format!("GET /v1/{group}/memberships");
    let patch = format!("PATCH /v1/{group}?updateMask=displayName");
    let delete = format!("DELETE /v1/{group}");
    let denied =
        format!("Error(2028): Permission denied for resource {group} (or it may not exist).");
    for (who, sees, changes) in [("cid", 403, 403), ("ann", 200, 403), ("bob", 200, 200)] {
        for (call, status) in [(&get, sees), (&list, sees), (&patch, changes)] {
            let (found, answer) = world.ask(who, call, json!({ "displayName": "us" }));
            assert_eq!(found, status, "{who} {call}: {answer}");
            if found == 403 {
                assert_eq!(answer["error"]["message"], denied);
                let detail = &answer["error"]["details"][0];
                assert_eq!(detail["resourceName"], group);
            }
        }
        assert_eq!(
            world.error(who, &delete, Value::Null),
            (403, denied.clone()),
            "{who}"
        );
    }
    let add_owner = member("cid@example.com", &["MEMBER", "OWNER"]);
    assert_eq!(world.error("bob", &members(&group), add_owner).0, 403);
    let remove_owner = format!("DELETE /v1/{owner}");
    assert_eq!(world.error("bob", &remove_owner, Value::Null).0, 403);
    let modify = format!("POST /v1/{owner}:modifyMembershipRoles");
    let demote = json!({ "removeRoles": ["OWNER"] });
    assert_eq!(world.error("bob", &modify, demote).0, 403);
    world.ok("bob", &members(&group), member("cid@example.com", &[]));
    assert_eq!(
        world
            .error("ann", &members(&group), member("admin@example.com", &[]))
            .0,
        403
    );
    world.ok("owner", &delete, Value::Null);
}

#[test]
fn only_administrators_make_groups_and_others_find_their_own() {
    let mut world = World::new();
    let (status, message) = world.error("ann", "POST /v1/groups", body("team"));
    let denied = "Error(2015): Actor does not have permission to create group 'team@example.com'.";
    assert_eq!((status, &*message), (403, denied));
    let mut foreign = body("team");
    foreign["groupKey"]["id"] = "team@example.org".into();
    assert_eq!(world.error("admin", "POST /v1/groups", foreign).0, 400);
    let team = world.group("team");
    world.group("other");
    world.member(&team, "ann@example.com", &[]);
    for call in [
        "GET /v1/groups?parent=customers/C1",
        "GET /v1/groups:search?query=parent == 'customers/C1'",
    ] {
        let found = world.ok("ann", call, Value::Null);
        let found = found["groups"].as_array().expect("groups");
        assert_eq!(found.len(), 1, "{call}");
        assert_eq!(found[0]["name"], team, "{call}");
    }
    let lookup = "GET /v1/groups:lookup?groupKey.id=other@example.com";
    assert_eq!(world.error("ann", lookup, Value::Null).0, 403);
    for call in [
        format!("GET /v1/{team}"),
        "GET /v1/groups:search".to_owned(),
    ] {
        let who = Principal::anonymous();
        let (status, answer) = world.0.ask(&who, &call, &Value::Null);
        assert_eq!(status, 401, "{call}: {answer}");
    }
}
