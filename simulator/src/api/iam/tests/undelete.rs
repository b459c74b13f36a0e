//! Deletion and undeletion of accounts and roles.

use super::*;

const DAY: u64 = 86_400;
const ROLES: &str = "/v1/projects/demo-project/roles";
const READER: &str = "projects/demo-project/roles/reader";
const NOTHING: Value = Value::Null;

fn made(test_cloud: &mut TestCloud) -> (u16, Value) {
    let role = json!({ "title": "R", "stage": "GA", "includedPermissions": ["pubsub.topics.get"] });
    let body = json!({ "roleId": "reader", "role": role });
    test_cloud.owner(&format!("POST {ROLES}"), &body)
}

/// Checks that an account was restored as it was, but for its etag.
fn check_restored((status, mut answer): (u16, Value), before: &Value) {
    assert_eq!(status, 200, "{answer}");
    let restored = &mut answer["restoredAccount"];
    assert_ne!(restored["etag"], before["etag"]);
    restored["etag"] = before["etag"].clone();
    assert_eq!(restored, before);
}

/// Whether B has the permission that the role grants.
fn reads(test_cloud: &TestCloud) -> bool {
    let topic = crate::iam::Resource::new("pubsub.googleapis.com", "Topic", "projects/42/topics/t");
    test_cloud
        .cloud
        .allows(&account(B), "pubsub.topics.get", &topic, test_cloud.now)
}

fn bound(test_cloud: &mut TestCloud) -> Vec<String> {
    let policy = test_cloud.get_policy();
    let bindings = policy["bindings"].as_array().expect("some").iter();
    bindings
        .map(|b| b["role"].as_str().expect("text").to_owned())
        .collect()
}

#[test]
fn a_deleted_role_comes_back_for_a_week_and_its_id_after_37_days() {
    let mut test_cloud = TestCloud::new();
    made(&mut test_cloud);
    test_cloud
        .cloud
        .grant(PROJECT, READER, &format!("serviceAccount:{B}"), None);
    assert!(reads(&test_cloud));
    let (delete, get) = (format!("DELETE /v1/{READER}"), format!("GET /v1/{READER}"));
    let undelete = format!("POST /v1/{READER}:undelete");
    test_cloud.owner(&delete, &NOTHING);
    assert!(!reads(&test_cloud));
    let (status, error) = test_cloud.owner(&delete, &NOTHING);
    assert_eq!(
        (status, &error["error"]["message"]),
        (
            400,
            &json!(format!(
                "You can't delete role_id ({READER}) as it is already deleted."
            ))
        )
    );
    test_cloud.advance(7 * DAY - 1);
    let (_, role) = test_cloud.owner(&get, &NOTHING);
    assert_eq!(
        (&role["deleted"], bound(&mut test_cloud).len()),
        (&json!(true), 2)
    );
    assert_eq!(test_cloud.owner(&undelete, &json!({})).0, 200);
    assert!(reads(&test_cloud), "with its bindings");

    test_cloud.owner(&delete, &NOTHING);
    test_cloud.advance(7 * DAY);
    assert_eq!(test_cloud.owner(&get, &NOTHING).0, 404);
    assert_eq!(test_cloud.owner(&undelete, &json!({})).0, 404);
    assert_eq!(bound(&mut test_cloud), ["roles/owner"]);
    let json = test_cloud.owner(&format!("GET {ROLES}?showDeleted=true"), &NOTHING);
    assert_eq!(json, (200, json!({})));
    test_cloud.advance(30 * DAY - 1);
    let (status, error) = made(&mut test_cloud);
    let words = "You can't create a role_id (reader) which has been marked for deletion.";
    assert_eq!((status, &error["error"]["message"]), (400, &json!(words)));
    assert_eq!(error["error"]["status"], "FAILED_PRECONDITION");
    test_cloud.advance(1);
    assert_eq!(made(&mut test_cloud).0, 200);
    assert!(!reads(&test_cloud));
}

#[test]
fn an_account_is_undeleted_with_its_bindings() {
    let mut test_cloud = TestCloud::new();
    let member = format!("serviceAccount:{B}");
    test_cloud
        .cloud
        .grant(PROJECT, "roles/pubsub.viewer", &member, None);
    let on_b = format!("//iam.googleapis.com/projects/demo-project/serviceAccounts/{B}");
    let user = "roles/iam.serviceAccountUser";
    test_cloud
        .cloud
        .grant(&on_b, user, &format!("serviceAccount:{A}"), None);
    let (_, before) = test_cloud.owner(&format!("GET {}", path(B)), &NOTHING);
    let id = before["uniqueId"].as_str().expect("text").to_owned();
    test_cloud.owner(&format!("DELETE {}", path(B)), &NOTHING);
    assert!(!reads(&test_cloud));
    let members = test_cloud.get_policy()["bindings"][1]["members"].clone();
    assert_eq!(members, json!([format!("deleted:{member}?uid={id}")]));

    let undelete = format!("POST {}:undelete", path(&id));
    assert_eq!(test_cloud.ask(&account(A), &undelete, &json!({})).0, 403);
    assert_eq!(
        test_cloud
            .owner(&format!("POST {}:undelete", path(B)), &json!({}))
            .0,
        404
    );
    test_cloud.advance(30 * DAY - 1);
    check_restored(test_cloud.owner(&undelete, &json!({})), &before);
    assert!(reads(&test_cloud));
    let may = crate::iam::Resource::service_account("-", B);
    assert!(test_cloud.cloud.allows(
        &account(A),
        "iam.serviceAccounts.actAs",
        &may,
        test_cloud.now
    ));
    assert_eq!(test_cloud.owner(&undelete, &json!({})).0, 404);

    test_cloud.owner(&format!("DELETE {}", path(B)), &NOTHING);
    test_cloud.advance(30 * DAY);
    let undelete = undelete.replace("projects/-", "projects/demo-project");
    assert_eq!(test_cloud.owner(&undelete, &json!({})).0, 404);
}

#[test]
fn accounts_and_roles_survive_the_journal() {
    let mut test_cloud = TestCloud::new();
    made(&mut test_cloud);
    let member = format!("serviceAccount:{B}");
    test_cloud.cloud.grant(PROJECT, READER, &member, None);
    let (_, deleted) = test_cloud.owner(&format!("GET {}", path(A)), &NOTHING);
    test_cloud.owner(&format!("DELETE {}", path(A)), &NOTHING);
    let mut again = crate::Cloud::new();
    for (from, to) in test_cloud.cloud.tables().into_iter().zip(again.tables()) {
        for (key, row) in from.take_changes() {
            to.restore(&key, row).expect("reads back");
        }
    }
    crate::api::iam::restored(&mut again);
    test_cloud.cloud = again;
    assert!(reads(&test_cloud));
    let id = deleted["uniqueId"].as_str().expect("text");
    let undelete = format!("POST {}:undelete", path(id));
    check_restored(test_cloud.owner(&undelete, &json!({})), &deleted);
}

#[test]
fn roles_of_an_organization_are_alike() {
    let mut test_cloud = TestCloud::new();
    test_cloud.cloud.add_organization("1");
    let organization = "//cloudresourcemanager.googleapis.com/organizations/1";
    let admin = "roles/iam.organizationRoleAdmin";
    let roles = "/v1/organizations/1/roles";
    let body = json!({ "roleId": "reader", "role": { "title": "R", "includedPermissions":
        ["pubsub.topics.list", "pubsub.topics.get", "pubsub.topics.list"] } });
    let create = format!("POST {roles}");
    assert_eq!(test_cloud.owner(&create, &body).0, 403);
    let owner = "user:owner@example.com";
    test_cloud.cloud.grant(organization, admin, owner, None);
    let (_, made) = test_cloud.owner(&create, &body);
    let listed = json!({ "name": "organizations/1/roles/reader", "title": "R",
        "etag": made["etag"] });
    let mut full = listed.clone();
    full["includedPermissions"] = json!(["pubsub.topics.get", "pubsub.topics.list"]);
    assert_eq!(made, full);
    for (view, role) in [
        ("", &listed),
        ("?view=BASIC", &listed),
        ("?view=FULL", &full),
    ] {
        let (_, list) = test_cloud.owner(&format!("GET {roles}{view}"), &NOTHING);
        assert_eq!(list, json!({ "roles": [role] }), "{view}");
    }
    let (_, deleted) = test_cloud.owner(&format!("DELETE {roles}/reader"), &NOTHING);
    assert_eq!(deleted["deleted"], true);
    let undelete = format!("POST {roles}/reader:undelete");
    let stale = json!({ "etag": made["etag"] });
    assert_eq!(test_cloud.owner(&undelete, &stale).0, 409);
    let current = json!({ "etag": deleted["etag"] });
    let (status, role) = test_cloud.owner(&undelete, &current);
    assert_eq!((status, role.get("deleted")), (200, None));
}

#[test]
fn a_recreated_account_prevents_undelete() {
    let mut test_cloud = TestCloud::new();
    test_cloud.cloud.grant(
        PROJECT,
        "roles/pubsub.viewer",
        &format!("serviceAccount:{B}"),
        None,
    );
    let (_, before) = test_cloud.owner(&format!("GET {}", path(B)), &NOTHING);
    test_cloud.owner(&format!("DELETE {}", path(B)), &NOTHING);
    let create = "POST /v1/projects/demo-project/serviceAccounts";
    let (status, anew) = test_cloud.owner(create, &json!({ "accountId": "agent-b" }));
    assert_eq!((status, &anew["email"]), (200, &json!(B)));
    assert_ne!(anew["uniqueId"], before["uniqueId"]);
    assert!(!reads(&test_cloud));
    let id = before["uniqueId"].as_str().expect("text");
    let (status, error) = test_cloud.owner(&format!("POST {}:undelete", path(id)), &json!({}));
    assert_eq!(
        (status, &error["error"]["status"]),
        (409, &json!("ALREADY_EXISTS"))
    );
}

#[test]
fn a_disabled_account_is_refused_at_once_and_is_patched_all_the_same() {
    let mut test_cloud = TestCloud::new();
    let token = test_cloud.cloud.mint(&account(B), test_cloud.now);
    let projects = "GET /v1/projects";
    assert_eq!(test_cloud.ask_with(&token, projects, &NOTHING).0, 200);
    test_cloud.owner(&format!("POST {}:disable", path(B)), &json!({}));
    let (status, error) = test_cloud.ask_with(&token, projects, &NOTHING);
    assert_eq!(
        (status, &error["error"]["status"]),
        (401, &json!("UNAUTHENTICATED"))
    );
    let body = json!({ "serviceAccount": { "displayName": "B2" }, "updateMask": "display_name" });
    let name = format!("projects/demo-project/serviceAccounts/{B}");
    assert_eq!(
        test_cloud.owner(&format!("PATCH {}", path(B)), &body),
        (200, json!({ "displayName": "B2", "name": name }))
    );
    let body = json!({ "serviceAccount": { "email": "x" }, "updateMask": "email" });
    assert_eq!(
        test_cloud.owner(&format!("PATCH {}", path(B)), &body).0,
        400
    );
    test_cloud.owner(&format!("POST {}:enable", path(B)), &json!({}));
    assert_eq!(test_cloud.ask_with(&token, projects, &NOTHING).0, 200);
    let (_, mut account) = test_cloud.owner(&format!("GET {}", path(B)), &NOTHING);
    account["displayName"] = "B3".into();
    let put = format!("PUT {}", path(B));
    let (status, changed) = test_cloud.owner(&put, &account);
    assert_eq!((status, &changed["displayName"]), (200, &json!("B3")));
    assert_eq!(test_cloud.owner(&put, &account).0, 409, "an old etag");
}

#[test]
fn a_policy_holds_1500_principals_each_time_they_appear() {
    let mut test_cloud = TestCloud::new();
    let members = |kind: &str, count: u32| -> Vec<String> {
        (0..count)
            .map(|n| format!("{kind}:m{n}@example.com"))
            .collect()
    };
    for (users, again, groups, status) in [
        // The owner is a member too.
        (1399, 0, 100, 200),
        (1399, 100, 0, 200),
        (1400, 100, 0, 400),
        (0, 0, 250, 200),
        (0, 0, 251, 400),
    ] {
        let mut first = members("user", users);
        first.extend(members("group", groups));
        let policy = json!({ "bindings": [
            { "role": "roles/owner", "members": ["user:owner@example.com"] },
            { "role": "roles/pubsub.viewer", "members": first },
            { "role": "roles/pubsub.editor", "members": members("user", again) },
        ] });
        let (found, error) = test_cloud.set_policy(&policy);
        assert_eq!(found, status, "{users} {again} {groups}: {error}");
        if users > 0 && status == 400 {
            assert_eq!(
                error["error"]["message"],
                "The number of members in the policy (1,501) is larger than the maximum allowed \
                 size 1,500."
            );
        }
    }
}
