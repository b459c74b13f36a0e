//! Groups in groups, and the searches for them.

use super::{World, directory, member, members};
use serde_json::{Value, json};

/// `outer` has `inner` and Bob, `inner` has Ann and Bob.
fn nested(world: &mut World) -> (String, String) {
    let (outer, inner) = (world.group("outer"), world.group("inner"));
    world.member(&outer, "inner@example.com", &[]);
    world.member(&outer, "bob@example.com", &["MEMBER", "MANAGER"]);
    world.member(&inner, "ann@example.com", &[]);
    world.member(&inner, "bob@example.com", &[]);
    (outer, inner)
}

#[test]
fn a_group_is_not_in_itself() {
    let mut world = World::new();
    let (_, inner) = nested(&mut world);
    for outer in ["outer@example.com", "inner@example.com"] {
        let (status, message) = world.error("admin", &members(&inner), member(outer, &[]));
        assert_eq!(
            (status, &*message),
            (400, "Cyclic memberships not allowed"),
            "{outer}"
        );
    }
}

#[test]
fn transitive_memberships_require_a_license() {
    let mut world = World::new();
    let (outer, inner) = nested(&mut world);
    let is_ann = "member_key_id == 'ann@example.com'";
    let check = format!("GET /v1/{outer}/memberships:checkTransitiveMembership?query=");
    let of_ann = format!("GET /v1/groups/-/memberships:searchTransitiveGroups?query={is_ann}");
    let in_outer = format!("GET /v1/{outer}/memberships:searchTransitiveMemberships");
    let calls = [format!("{check}{is_ann}"), of_ann.clone(), in_outer.clone()];
    for call in &calls {
        assert_eq!(world.error("admin", call, Value::Null).0, 403, "{call}");
    }
    world.0.cloud.set_directory(directory(true));
    let has = world.ok("admin", &format!("{check}{is_ann}"), Value::Null);
    assert_eq!(has, json!({ "hasMembership": true }));
    let cid = format!("{check}member_key_id == 'cid@example.com'");
    assert_eq!(world.ok("admin", &cid, Value::Null), json!({}));
    assert_eq!(world.error("cid", &cid, Value::Null).0, 403);

    let groups = world.ok("admin", &of_ann, Value::Null);
    let groups = groups["memberships"].as_array().expect("groups");
    let mut kinds: Vec<_> = groups
        .iter()
        .map(|group| (group["group"].clone(), group["relationType"].clone()))
        .collect();
    kinds.sort_by_key(|(_, kind)| kind.to_string());
    let expected = [
        (inner.into(), "DIRECT".into()),
        (outer.clone().into(), "INDIRECT".into()),
    ];
    assert_eq!(kinds, expected);
    let graph = format!("GET /v1/{outer}/memberships:getMembershipGraph?query={is_ann}");
    assert_eq!(world.error("admin", &graph, Value::Null).0, 501);
    // Bob sees `outer` and `inner`, Ann only `inner`.
    world.ok("bob", &of_ann, Value::Null);
    assert_eq!(world.error("ann", &of_ann, Value::Null).0, 403);

    let members = world.ok("admin", &in_outer, Value::Null);
    let members = members["memberships"].as_array().expect("members");
    let kind_of = |email: &str| {
        let mut all = members.iter();
        let found = all.find(|member| member["preferredMemberKey"][0]["id"] == email);
        found.expect("a member")["relationType"].clone()
    };
    assert_eq!(members.len(), 3);
    assert_eq!(kind_of("ann@example.com"), "INDIRECT");
    assert_eq!(kind_of("bob@example.com"), "DIRECT_AND_INDIRECT");
    assert_eq!(kind_of("inner@example.com"), "DIRECT");
}

#[test]
fn direct_groups_are_found_without_a_license_where_they_are_seen() {
    let mut world = World::new();
    let (outer, inner) = nested(&mut world);
    let search = "GET /v1/groups/-/memberships:searchDirectGroups?query=\
                  member_key_id == 'bob@example.com'";
    let mut groups = |who: &str| {
        let found = world.ok(who, search, Value::Null);
        let found = found["memberships"].as_array().cloned().unwrap_or_default();
        let mut names: Vec<_> = found.iter().map(|row| row["group"].to_string()).collect();
        names.sort();
        names
    };
    let mut both = [format!("\"{outer}\""), format!("\"{inner}\"")];
    both.sort();
    assert_eq!(groups("admin"), both);
    assert_eq!(groups("ann"), [format!("\"{inner}\"")]);
    assert_eq!(groups("cid"), [""; 0]);
    let no_member = "GET /v1/groups/-/memberships:searchDirectGroups?query='a' in labels";
    assert_eq!(world.error("admin", no_member, Value::Null).0, 400);
}
