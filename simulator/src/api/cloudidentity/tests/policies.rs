//! Groups in IAM's policies.

use super::World;
use serde_json::{Value, json};

const POLICY: &str = "/v1/projects/demo-project";

fn set_viewer(world: &mut World, member: &str) -> (u16, Value) {
    let binding = json!({ "role": "roles/viewer", "members": [member] });
    let body = json!({ "policy": { "bindings": [
        { "role": "roles/owner", "members": ["user:owner@example.com"] }, binding,
    ] } });
    world.0.owner(&format!("POST {POLICY}:setIamPolicy"), &body)
}

#[test]
fn a_membership_gives_what_the_group_has() {
    let mut world = World::new();
    let (outer, inner) = (world.group("outer"), world.group("inner"));
    world.member(&outer, "inner@example.com", &[]);
    let get = format!("GET {POLICY}");
    let (status, answer) = set_viewer(&mut world, "group:outer@example.com");
    assert_eq!(status, 200, "{answer}");
    assert_eq!(world.ask("ann", &get, Value::Null).0, 403);
    let ann = world.member(&inner, "ann@example.com", &[]);
    world.ok("ann", &get, Value::Null);
    world.ok("admin", &format!("DELETE /v1/{ann}"), Value::Null);
    assert_eq!(world.ask("ann", &get, Value::Null).0, 403);
    world.member(&inner, "ann@example.com", &[]);

    // A group with the address of a deleted one has none of its bindings.
    world.ok("admin", &format!("DELETE /v1/{outer}"), Value::Null);
    assert_eq!(world.ask("ann", &get, Value::Null).0, 403);
    let again = world.group("outer");
    world.member(&again, "ann@example.com", &[]);
    assert_eq!(world.ask("ann", &get, Value::Null).0, 403);
    let (_, policy) = world
        .0
        .owner(&format!("POST {POLICY}:getIamPolicy"), &Value::Null);
    let uid = outer.trim_start_matches("groups/");
    let deleted = format!("deleted:group:outer@example.com?uid={uid}");
    let members = policy["bindings"].as_array().expect("bindings").iter();
    let members: Vec<&Value> = members.map(|binding| &binding["members"][0]).collect();
    assert!(members.contains(&&deleted.clone().into()), "{policy}");
}

#[test]
fn a_policy_names_who_exists() {
    let mut world = World::new();
    world.group("team");
    for (member, message) in [
        ("group:team@example.com", None),
        (
            "group:none@example.com",
            Some("Group none@example.com does not exist."),
        ),
        ("group:none@example.org", None),
        ("user:ann@example.com", None),
        (
            "user:none@example.com",
            Some("User none@example.com does not exist."),
        ),
        ("user:none@example.org", None),
        (
            "serviceAccount:none@demo-project.iam.gserviceaccount.com",
            Some("Service account none@demo-project.iam.gserviceaccount.com does not exist."),
        ),
    ] {
        let (status, answer) = set_viewer(&mut world, member);
        assert_eq!(
            status,
            if message.is_some() { 400 } else { 200 },
            "{answer}"
        );
        assert_eq!(answer["error"]["message"].as_str(), message);
    }
}
