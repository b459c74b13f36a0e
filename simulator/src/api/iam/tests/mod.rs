mod keys;
mod listing;
mod oauth;
mod signing;
mod undelete;

use crate::{
    CloudResponse,
    api::test_cloud::{A, B, PROJECT, TestCloud},
    iam::Principal,
};
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

impl TestCloud {
    fn get_policy(&mut self) -> Value {
        let body = json!({ "options": { "requestedPolicyVersion": 3 } });
        self.owner("POST /v3/projects/demo-project:getIamPolicy", &body)
            .1
    }

    fn set_policy(&mut self, policy: &Value) -> (u16, Value) {
        self.owner(
            "POST /v1/projects/42:setIamPolicy",
            &json!({ "policy": policy }),
        )
    }
}

fn account(email: &str) -> Principal {
    Principal::service_account(email)
}

fn path(email: &str) -> String {
    format!("/v1/projects/-/serviceAccounts/{email}")
}

#[test]
fn accounts_are_made_listed_disabled_and_deleted() {
    let mut test_cloud = TestCloud::new();
    let create = "POST /v1/projects/demo-project/serviceAccounts";
    let body = json!({ "accountId": "agent-c", "serviceAccount": { "displayName": "C" } });
    let (status, made) = test_cloud.owner(create, &body);
    let email = "agent-c@demo-project.iam.gserviceaccount.com";
    assert_eq!(
        (status, &made["email"], &made["displayName"]),
        (200, &json!(email), &json!("C"))
    );
    assert_eq!(test_cloud.owner(create, &body).0, 409);
    assert_eq!(
        test_cloud.owner(create, &json!({ "accountId": "c" })).0,
        400
    );
    let (_, first) = test_cloud.owner(
        "GET /v1/projects/42/serviceAccounts?pageSize=2",
        &Value::Null,
    );
    assert_eq!(first["accounts"][1]["email"], B);
    let token = first["nextPageToken"].as_str().expect("more");
    let (_, rest) = test_cloud.owner(
        &format!("GET /v1/projects/42/serviceAccounts?pageToken={token}"),
        &Value::Null,
    );
    assert_eq!(
        (&rest["accounts"][0]["email"], &rest["nextPageToken"]),
        (&json!(email), &Value::Null)
    );
    let by_id = format!(
        "/v1/projects/-/serviceAccounts/{}",
        made["uniqueId"].as_str().expect("id")
    );
    let (_, found) = test_cloud.owner(&format!("GET {by_id}"), &Value::Null);
    assert_eq!(found, made);
    assert_eq!(
        test_cloud
            .owner(&format!("POST {by_id}:disable"), &json!({}))
            .0,
        200
    );
    assert_eq!(
        test_cloud
            .ask(&account(email), "GET /v1/projects", &Value::Null)
            .0,
        401
    );
    assert_eq!(
        test_cloud
            .owner(&format!("POST {by_id}:enable"), &json!({}))
            .0,
        200
    );
    assert_eq!(
        test_cloud.ask(&account(email), "GET /v1/projects", &Value::Null),
        (200, json!({}))
    );
    assert_eq!(
        test_cloud
            .ask(
                &account(A),
                &format!("DELETE {}", path(email)),
                &Value::Null
            )
            .0,
        403
    );
    assert_eq!(
        test_cloud
            .owner(&format!("DELETE {}", path(email)), &Value::Null)
            .0,
        200
    );
    let (status, error) = test_cloud.owner(&format!("GET {}", path(email)), &Value::Null);
    assert_eq!(
        (status, &error["error"]["status"]),
        (404, &json!("NOT_FOUND"))
    );
}

#[test]
fn a_refusal_says_what_is_missing() {
    let mut test_cloud = TestCloud::new();
    let (status, body) = test_cloud.ask(&account(A), "GET /v3/projects/demo-project", &Value::Null);
    assert_eq!(status, 403);
    assert_eq!(
        body["error"]["message"],
        "Permission 'resourcemanager.projects.get' denied on resource \
         '//cloudresourcemanager.googleapis.com/projects/demo-project' (or it may not exist)."
    );
    assert_eq!(
        body["error"]["details"][0]["metadata"]["permission"],
        "resourcemanager.projects.get"
    );
    assert_eq!(
        test_cloud
            .ask_with("nonsense", "GET /v1/projects/demo-project", &Value::Null)
            .0,
        401
    );
}

#[test]
fn a_stale_etag_conflicts_and_changes_nothing() {
    let mut test_cloud = TestCloud::new();
    let mut policy = test_cloud.get_policy();
    let stale = policy.clone();
    let binding = json!({ "role": "roles/viewer", "members": [format!("serviceAccount:{A}")] });
    policy["bindings"]
        .as_array_mut()
        .expect("bindings")
        .push(binding);
    assert_eq!(test_cloud.set_policy(&policy).0, 200);
    let (status, body) = test_cloud.set_policy(&stale);
    assert_eq!((status, &body["error"]["status"]), (409, &json!("ABORTED")));
    let after = test_cloud.get_policy();
    assert_eq!(after["bindings"], policy["bindings"]);
    assert_ne!(after["etag"], stale["etag"]);
}

/// gcloud sends etags back in base64url.
#[test]
fn an_etag_is_known_in_either_alphabet_of_base64() {
    let mut test_cloud = TestCloud::new();
    let differs = |etag: &str| etag.contains(['+', '/']);
    for _ in 0..500 {
        let mut policy = test_cloud.get_policy();
        let etag = policy["etag"].as_str().expect("an etag").to_owned();
        policy["etag"] = etag.replace('+', "-").replace('/', "_").into();
        assert_eq!(test_cloud.set_policy(&policy).0, 200, "{etag}");
        if differs(&etag) {
            return;
        }
        test_cloud.advance(1);
    }
    panic!("no etag has a character that differs");
}

#[test]
fn an_invalid_policy_is_refused() {
    let expression = "request.time < timestamp('2030-01-01T00:00:00Z')";
    let good = json!({ "title": "t", "expression": expression });
    let me = "user:me@example.com";
    for (version, role, member, condition, status) in [
        (3, "roles/compute.viewer", me, good.clone(), 200),
        (1, "roles/compute.viewer", me, good.clone(), 400),
        (2, "roles/compute.viewer", me, Value::Null, 400),
        (3, "roles/viewer", me, good.clone(), 400),
        (
            3,
            "roles/compute.viewer",
            me,
            json!({ "title": "t", "expression": "1 +" }),
            400,
        ),
        (
            3,
            "roles/compute.viewer",
            me,
            json!({ "expression": "true" }),
            400,
        ),
        (3, "roles/compute.nonesuch", me, Value::Null, 400),
        (3, "projects/other/roles/r", me, Value::Null, 400),
        (3, "roles/viewer", "me@example.com", Value::Null, 400),
        (
            3,
            "roles/viewer",
            "serviceAccount:x@demo-project.iam.gserviceaccount.com",
            Value::Null,
            400,
        ),
        (
            3,
            "roles/viewer",
            "serviceAccount:service-42@gcp-sa-pubsub.iam.gserviceaccount.com",
            Value::Null,
            200,
        ),
        (
            3,
            "roles/viewer",
            "deleted:serviceAccount:x@y.z?uid=1",
            Value::Null,
            200,
        ),
    ] {
        let mut binding = json!({ "role": role, "members": [member] });
        if !condition.is_null() {
            binding["condition"] = condition;
        }
        let policy = json!({ "version": version, "bindings": [binding] });
        let mut test_cloud = TestCloud::new();
        test_cloud.cloud.add_role("projects/other/roles/r", &[]);
        let (found, body) = test_cloud.set_policy(&policy);
        assert_eq!(found, status, "{policy}: {body}");
    }
}

#[test]
fn conditions_are_kept_only_by_version_3_writes() {
    let mut test_cloud = TestCloud::new();
    test_cloud.cloud.grant(
        PROJECT,
        "roles/pubsub.viewer",
        "user:me@example.com",
        Some("true"),
    );
    let full = test_cloud.get_policy();
    assert_eq!(full["version"], 3);
    assert_eq!(full["bindings"][1]["condition"]["expression"], "true");
    let (_, plain) = test_cloud.owner("POST /v1/projects/42:getIamPolicy", &json!({}));
    assert_eq!(plain["version"], 1);
    let role = plain["bindings"][1]["role"].as_str().expect("a role");
    assert!(role.starts_with("roles/pubsub.viewer_withcond_"), "{role}");
    assert!(plain["bindings"][1].get("condition").is_none());
    assert_eq!(test_cloud.set_policy(&plain).0, 400);
    let blind = json!({ "version": 1, "etag": full["etag"], "bindings": [full["bindings"][0]] });
    assert_eq!(test_cloud.set_policy(&blind).0, 400);
    assert_eq!(test_cloud.get_policy(), full);
}

#[test]
fn a_change_takes_effect_after_the_delay() {
    let mut test_cloud = TestCloud::new();
    test_cloud
        .cloud
        .set_iam_delay(names::Duration::from_secs(120));
    let mut policy = test_cloud.get_policy();
    let binding = json!({ "role": "roles/browser", "members": [format!("serviceAccount:{A}")] });
    policy["bindings"]
        .as_array_mut()
        .expect("bindings")
        .push(binding);
    assert_eq!(test_cloud.set_policy(&policy).0, 200);
    let get = "GET /v3/projects/demo-project";
    assert_eq!(test_cloud.ask(&account(A), get, &Value::Null).0, 403);
    test_cloud.now = test_cloud.now + names::Duration::from_secs(119);
    assert_eq!(test_cloud.ask(&account(A), get, &Value::Null).0, 403);
    test_cloud.now = test_cloud.now + names::Duration::from_secs(1);
    assert_eq!(test_cloud.ask(&account(A), get, &Value::Null).0, 200);
}

#[test]
fn permissions_are_tested_for_the_caller() {
    let mut test_cloud = TestCloud::new();
    let body = json!({ "permissions": ["resourcemanager.projects.get", "storage.objects.get"] });
    let test = "POST /v1/projects/demo-project:testIamPermissions";
    let held = json!({ "permissions": ["resourcemanager.projects.get"] });
    assert_eq!(test_cloud.owner(test, &body), (200, held));
    assert_eq!(test_cloud.ask(&account(A), test, &body), (200, json!({})));
}

#[test]
fn impersonation_needs_every_link_of_the_chain() {
    let generate = format!("POST {}:generateAccessToken", path(B));
    let me = Principal::user("me@example.com");
    let direct = json!({ "scope": ["x"], "lifetime": "600s" });
    let over_a =
        json!({ "scope": ["x"], "delegates": [format!("projects/-/serviceAccounts/{A}")] });
    let creator = "roles/iam.serviceAccountTokenCreator";
    let on = |email| format!("//iam.googleapis.com/projects/demo-project/serviceAccounts/{email}");
    let a = format!("serviceAccount:{A}");
    for (grants, body, status) in [
        (vec![], &direct, 403),
        (vec![(on(B), me.as_str())], &direct, 200),
        (vec![(on(A), me.as_str())], &over_a, 403),
        (vec![(on(B), a.as_str())], &over_a, 403),
        (
            vec![(on(A), me.as_str()), (on(B), a.as_str())],
            &over_a,
            200,
        ),
        (
            vec![(on(A), me.as_str()), (on(B), a.as_str())],
            &direct,
            403,
        ),
        (
            vec![(on(B), me.as_str())],
            &json!({ "scope": ["x"], "lifetime": "3601s" }),
            400,
        ),
        (vec![(on(B), me.as_str())], &json!({}), 400),
        (
            vec![(on(B), me.as_str())],
            &json!({ "scope": ["x"], "delegates": ["b"] }),
            400,
        ),
    ] {
        let mut test_cloud = TestCloud::new();
        for (name, member) in &grants {
            test_cloud.cloud.grant(name, creator, member, None);
        }
        let (found, answer) = test_cloud.ask(&me, &generate, body);
        assert_eq!(found, status, "{grants:?} {body}: {answer}");
        if status == 200 {
            let token = answer["accessToken"].as_str().expect("a token");
            let header = format!("Bearer {token}");
            let who = test_cloud
                .cloud
                .iam
                .authenticate(header.as_bytes(), test_cloud.now);
            assert_eq!(who.expect("good"), account(B));
        }
    }
    let mut test_cloud = TestCloud::new();
    test_cloud.cloud.grant(&on(B), creator, me.as_str(), None);
    let (_, answer) = test_cloud.ask(&me, &generate, &direct);
    assert_eq!(answer["expireTime"], "1970-01-01T00:26:40Z");
    let identity = format!("POST {}:generateIdToken", path(B));
    let (status, answer) = test_cloud.ask(&me, &identity, &json!({ "audience": "https://x" }));
    assert_eq!(
        (
            status,
            answer["token"].as_str().map(|t| t.split('.').count())
        ),
        (200, Some(3))
    );
}

#[test]
fn roles_are_made_changed_deleted_and_brought_back() {
    let mut test_cloud = TestCloud::new();
    let create = "POST /v1/projects/demo-project/roles";
    let role = json!({ "title": "R", "stage": "GA", "includedPermissions": ["pubsub.topics.get"] });
    let body = json!({ "roleId": "reader", "role": role });
    let (status, made) = test_cloud.owner(create, &body);
    assert_eq!(
        (status, &made["name"]),
        (200, &json!("projects/demo-project/roles/reader"))
    );
    assert_eq!(test_cloud.owner(create, &body).0, 409);
    assert_eq!(test_cloud.owner(create, &json!({ "roleId": "a b" })).0, 400);
    let name = "/v1/projects/demo-project/roles/reader";
    let patch = json!({ "title": "ignored", "includedPermissions": ["pubsub.topics.list"] });
    let (_, patched) = test_cloud.owner(
        &format!("PATCH {name}?updateMask=includedPermissions"),
        &patch,
    );
    assert_eq!(
        (&patched["title"], &patched["includedPermissions"]),
        (&json!("R"), &json!(["pubsub.topics.list"]))
    );
    let stale = json!({ "title": "x", "etag": made["etag"] });
    assert_eq!(test_cloud.owner(&format!("PATCH {name}"), &stale).0, 409);
    assert_eq!(
        test_cloud.owner(&format!("DELETE {name}"), &Value::Null).1["deleted"],
        true
    );
    assert_eq!(test_cloud.owner(create, &body).0, 400);
    assert_eq!(
        test_cloud
            .owner(&format!("PATCH {name}"), &json!({ "title": "x" }))
            .0,
        400
    );
    assert_eq!(
        test_cloud
            .owner(&format!("GET {create}").replace("POST ", ""), &Value::Null)
            .1,
        json!({})
    );
    assert_eq!(
        test_cloud
            .owner(&format!("POST {name}:undelete"), &json!({}))
            .0,
        200
    );
    assert_eq!(
        test_cloud
            .owner(&format!("GET {name}"), &Value::Null)
            .1
            .get("deleted"),
        None
    );
}

#[test]
fn the_api_may_stand_before_the_path() {
    let mut test_cloud = TestCloud::new();
    let (status, keys) = test_cloud.ask_with("", "GET /oauth2/v3/certs", &Value::Null);
    // An invalid token is refused even if no permission is required.
    assert_eq!((status, &keys["keys"]), (401, &Value::Null));
    let request = Request::builder()
        .uri("/oauth2/v3/certs")
        .body(Bytes::new())
        .expect("a request");
    let CloudResponse::Ready(response, _) =
        test_cloud
            .cloud
            .handle(&request, "http://x", test_cloud.now, test_cloud.now)
    else {
        panic!("waits")
    };
    assert_eq!(response.status(), 200);
    let (status, _) = test_cloud.owner(&format!("GET /iam{}", path(A)), &Value::Null);
    assert_eq!(status, 200);
}
