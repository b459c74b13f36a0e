//! Direct access.

use super::*;

#[test]
fn grants_are_inherited_and_permissions_that_do_not_apply_are_left_out() {
    let mut snapshot = sample();
    let both = ["storage.objects.get", "compute.instances.create"];
    grant(&mut snapshot, FOLDER, "user:a@x.com", &both, None);
    assert_eq!(
        permissions(&snapshot, "user:a@x.com", BUCKET),
        ["storage.objects.get".to_owned()].into()
    );
    assert_eq!(permissions(&snapshot, "user:a@x.com", PROJECT).len(), 2);
    assert!(permissions(&snapshot, "user:b@x.com", BUCKET).is_empty());
    let inherited = effective_access(&snapshot, &member("user:A@X.com"));
    assert!(
        inherited
            .grants
            .iter()
            .all(|g| g.binding.resource == name(FOLDER))
    );
}

#[test]
fn public_members_domains_and_project_owners_match() {
    for (named, principal, matches) in [
        ("allUsers", ROBOT, true),
        ("allAuthenticatedUsers", ROBOT, true),
        ("domain:x.com", "user:a@x.com", true),
        ("domain:x.com", "user:a@y.com", false),
        ("domain:x.com", ROBOT, false),
        ("projectOwner:demo-project", "user:owner@x.com", true),
        ("projectOwner:demo-project", ROBOT, false),
        ("projectEditor:demo-project", "user:owner@x.com", false),
        (
            "deleted:serviceAccount:robot@demo-project.iam.gserviceaccount.com?uid=1",
            ROBOT,
            false,
        ),
    ] {
        let mut snapshot = sample();
        snapshot
            .roles
            .insert("roles/owner".to_owned(), BTreeSet::new());
        bind(
            &mut snapshot,
            PROJECT,
            "user:owner@x.com",
            "roles/owner",
            None,
        );
        grant(&mut snapshot, BUCKET, named, &["storage.objects.get"], None);
        assert_eq!(
            !permissions(&snapshot, principal, BUCKET).is_empty(),
            matches,
            "{named} {principal}"
        );
        assert!(
            effective_access(&snapshot, &member(principal))
                .undetermined
                .is_empty(),
            "{named}"
        );
        let bucket = snapshot.resources.get_mut(&name(BUCKET)).expect("there");
        bucket.public_access_prevention = true;
        let still = matches && !named.starts_with("all");
        assert_eq!(
            !permissions(&snapshot, principal, BUCKET).is_empty(),
            still,
            "{named} {principal}"
        );
    }
}

#[test]
fn groups_and_unread_roles_are_undetermined() {
    let mut snapshot = sample();
    let read = ["storage.objects.get"];
    grant(&mut snapshot, BUCKET, "group:all@x.com", &read, None);
    grant(
        &mut snapshot,
        BUCKET,
        "principalSet://iam.googleapis.com/x",
        &read,
        None,
    );
    grant(&mut snapshot, BUCKET, "projectOwner:not-there", &read, None);
    bind(&mut snapshot, BUCKET, ROBOT, "roles/unread", None);
    let found = effective_access(&snapshot, &member(ROBOT));
    assert_eq!(found.grants, []);
    assert_eq!(found.undetermined.len(), 4, "{found:#?}");
    insta::assert_snapshot!(explain(&snapshot, &member(ROBOT)), @"
    serviceAccount:robot@demo-project.iam.gserviceaccount.com

    direct access
      none

    indirect access
      none

    undetermined
      whether robot@demo-project.iam.gserviceaccount.com is a member of group:all@x.com, which has projects/demo-project/roles/r0 to group:all@x.com on bucket data
      whether robot@demo-project.iam.gserviceaccount.com is a member of principalSet://iam.googleapis.com/x, which has projects/demo-project/roles/r1 to principalSet://iam.googleapis.com/x on bucket data
      whether robot@demo-project.iam.gserviceaccount.com is a member of projectOwner:not-there, which has projects/demo-project/roles/r2 to projectOwner:not-there on bucket data
      the permissions of roles/unread, not read: roles/unread to serviceAccount:robot@demo-project.iam.gserviceaccount.com on bucket data
    ");
    assert_eq!(permissions(&snapshot, "group:all@x.com", BUCKET).len(), 1);
}

#[test]
fn only_a_certainly_false_condition_removes_a_grant() {
    let mut snapshot = sample();
    const TIME: &str = "request.time < timestamp('2026-11-22T12:00:00Z')";
    const ELSEWHERE: &str = "resource.name.startsWith('projects/_/buckets/other/')";
    const HERE: &str = "resource.name.startsWith('projects/_/buckets/data/')";
    for when in [TIME, ELSEWHERE, HERE] {
        grant(
            &mut snapshot,
            BUCKET,
            ROBOT,
            &["storage.objects.get"],
            Some(when),
        );
    }
    let found = effective_access(&snapshot, &member(ROBOT)).grants;
    let when = |grant: &EffectiveGrant| grant.binding.condition.clone().map(|c| c.expression);
    let when: Vec<_> = found.iter().filter_map(when).collect();
    assert_eq!(when, [TIME, HERE]);
}
