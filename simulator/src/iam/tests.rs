use super::*;
use crate::{Cloud, api::test_cloud::TestCloud};
use names::Timestamp;

const PROJECT: &str = "//cloudresourcemanager.googleapis.com/projects/demo-project";
const TOPIC: &str = "//pubsub.googleapis.com/projects/demo-project/topics/t";
const WHO: &str = "serviceAccount:a@demo-project.iam.gserviceaccount.com";

fn cloud() -> Cloud {
    let mut cloud = Cloud::new();
    cloud.add_organization("1");
    cloud.add_folder("2", "organizations/1");
    cloud.add_folder("3", "folders/2");
    cloud.add_project("demo-project", 42, Some("folders/3"));
    cloud.add_project("other-project", 43, Some("organizations/1"));
    cloud.add_account("demo-project", "a");
    cloud
}

fn who() -> Principal {
    Principal::service_account(WHO.trim_start_matches("serviceAccount:"))
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn topic() -> Resource {
    Resource::new(
        "pubsub.googleapis.com",
        "Topic",
        "projects/demo-project/topics/t",
    )
}

fn publishes(cloud: &Cloud) -> bool {
    cloud.allows(&who(), "pubsub.topics.publish", &topic(), at(100))
}

#[test]
fn a_grant_holds_on_the_resource_and_below() {
    for (full_name, holds) in [
        (TOPIC, true),
        (PROJECT, true),
        ("//cloudresourcemanager.googleapis.com/projects/42", true),
        ("//cloudresourcemanager.googleapis.com/folders/3", true),
        ("//cloudresourcemanager.googleapis.com/folders/2", true),
        (
            "//cloudresourcemanager.googleapis.com/organizations/1",
            true,
        ),
        (
            "//cloudresourcemanager.googleapis.com/projects/other-project",
            false,
        ),
        ("//cloudresourcemanager.googleapis.com/folders/4", false),
        (
            "//pubsub.googleapis.com/projects/demo-project/topics/t2",
            false,
        ),
        (
            "//pubsub.googleapis.com/projects/demo-project/subscriptions/t",
            false,
        ),
    ] {
        let mut cloud = cloud();
        cloud.grant(full_name, "roles/pubsub.publisher", WHO, None);
        assert_eq!(publishes(&cloud), holds, "{full_name}");
    }
}

#[test]
fn only_members_hold_a_role() {
    for (member, holds) in [
        ("allUsers", true),
        ("allAuthenticatedUsers", true),
        ("group:team@example.com", true),
        ("group:empty@example.com", false),
        ("domain:demo-project.iam.gserviceaccount.com", false),
        ("user:a@demo-project.iam.gserviceaccount.com", false),
        ("projectViewer:other-project", true),
        ("projectOwner:other-project", false),
        (
            "deleted:serviceAccount:a@demo-project.iam.gserviceaccount.com?uid=1",
            false,
        ),
    ] {
        let mut cloud = cloud();
        cloud.add_group("inner@example.com", &[WHO]);
        cloud.add_group(
            "team@example.com",
            &["group:inner@example.com", "group:team@example.com"],
        );
        let other = "//cloudresourcemanager.googleapis.com/projects/other-project";
        cloud.grant(other, "roles/viewer", WHO, None);
        cloud.grant(PROJECT, "roles/pubsub.publisher", member, None);
        assert_eq!(publishes(&cloud), holds, "{member}");
    }
    let mut cloud = cloud();
    cloud.grant(
        PROJECT,
        "roles/pubsub.publisher",
        "domain:example.com",
        None,
    );
    let user = Principal::user("me@example.com");
    assert!(cloud.allows(&user, "pubsub.topics.publish", &topic(), at(0)));
    cloud.grant(
        PROJECT,
        "roles/pubsub.viewer",
        "allAuthenticatedUsers",
        None,
    );
    assert!(!cloud.allows(
        &Principal::anonymous(),
        "pubsub.topics.get",
        &topic(),
        at(0)
    ));
}

#[test]
fn a_condition_narrows_a_grant() {
    for (condition, holds) in [
        ("resource.name.endsWith('/t')", true),
        ("request.time < timestamp('1970-01-01T00:01:41Z')", true),
        ("request.time < timestamp('1970-01-01T00:01:40Z')", false),
        (
            "resource.type == 'pubsub.googleapis.com/Subscription'",
            false,
        ),
        ("resource.", false),
    ] {
        let mut cloud = cloud();
        cloud.grant(PROJECT, "roles/pubsub.publisher", WHO, Some(condition));
        assert_eq!(publishes(&cloud), holds, "{condition}");
    }
}

#[test]
fn custom_roles_grant_until_deleted() {
    let mut cloud = cloud();
    cloud.add_role("organizations/1/roles/publish", &["pubsub.topics.publish"]);
    cloud.grant(PROJECT, "organizations/1/roles/publish", WHO, None);
    assert!(publishes(&cloud));
    assert!(!cloud.allows(&who(), "pubsub.topics.get", &topic(), at(0)));
    let organization = "//cloudresourcemanager.googleapis.com/organizations/1";
    let owner = "user:owner@example.com";
    cloud.grant(organization, "roles/iam.organizationRoleAdmin", owner, None);
    let mut test_cloud = TestCloud { cloud, now: at(0) };
    let delete = "DELETE /v1/organizations/1/roles/publish";
    let (status, role) = test_cloud.owner(delete, &serde_json::Value::Null);
    assert_eq!((status, &role["deleted"]), (200, &true.into()));
    assert!(!publishes(&test_cloud.cloud));
}

#[test]
fn forbid_affects_only_one_principal() {
    let mut cloud = cloud();
    cloud.grant(PROJECT, "roles/pubsub.admin", WHO, None);
    cloud.grant(PROJECT, "roles/pubsub.admin", "user:me@example.com", None);
    cloud.forbid(who().email(), "pubsub.topics.publish");
    assert!(!publishes(&cloud));
    assert!(cloud.allows(&who(), "pubsub.topics.get", &topic(), at(0)));
    let user = Principal::user("me@example.com");
    assert!(cloud.allows(&user, "pubsub.topics.publish", &topic(), at(0)));
}

#[test]
fn a_bucket_belongs_to_the_project_it_was_placed_in() {
    let mut cloud = cloud();
    let bucket = "//storage.googleapis.com/projects/_/buckets/b";
    let object = Resource::new(
        "storage.googleapis.com",
        "Object",
        "projects/_/buckets/b/objects/x/y",
    );
    let reads = |cloud: &Cloud| cloud.allows(&who(), "storage.objects.get", &object, at(0));
    cloud.grant(PROJECT, "roles/storage.objectViewer", WHO, None);
    assert!(!reads(&cloud));
    cloud.iam.record_project(bucket, "demo-project");
    assert!(reads(&cloud));
    cloud.iam.forget(bucket);
    cloud.iam.record_project(bucket, "other-project");
    assert!(!reads(&cloud));
    cloud.grant(bucket, "roles/storage.objectViewer", WHO, None);
    assert!(reads(&cloud));
    cloud.iam.forget(bucket);
    assert!(!reads(&cloud), "its policy goes with it");
}

#[test]
fn an_account_has_one_policy_under_all_its_names() {
    let mut cloud = cloud();
    let id = cloud
        .iam
        .account(who().email())
        .expect("there")
        .1
        .unique_id
        .clone();
    assert!(id.len() == 21 && id.parse::<u128>().is_ok());
    let name = format!("//iam.googleapis.com/projects/42/serviceAccounts/{id}");
    cloud.grant(
        &name,
        "roles/iam.serviceAccountUser",
        "user:me@example.com",
        None,
    );
    let me = Principal::user("me@example.com");
    for (project, key) in [
        ("-", who().email()),
        ("demo-project", who().email()),
        ("-", &id),
    ] {
        let account = Resource::service_account(project, key);
        assert!(
            cloud.allows(&me, "iam.serviceAccounts.actAs", &account, at(0)),
            "{account:?}"
        );
    }
}

#[test]
fn a_recreated_account_inherits_no_bindings() {
    let mut cloud = cloud();
    cloud.grant(PROJECT, "roles/pubsub.publisher", WHO, None);
    cloud.grant(PROJECT, "roles/owner", "user:owner@example.com", None);
    let token = format!("Bearer {}", cloud.mint(&who(), at(0)));
    let mut test_cloud = TestCloud { cloud, now: at(0) };
    let delete = format!("DELETE /v1/projects/-/serviceAccounts/{}", who().email());
    assert_eq!(test_cloud.owner(&delete, &serde_json::Value::Null).0, 200);
    let mut cloud = test_cloud.cloud;
    assert_eq!(
        cloud
            .iam
            .authenticate(token.as_bytes(), at(1))
            .expect_err("dead")
            .status,
        401
    );
    cloud.add_account("demo-project", "a");
    assert!(!publishes(&cloud));
}

#[test]
fn tokens_expire_are_shared_and_are_refused_when_disabled() {
    let mut cloud = cloud();
    let token = cloud.mint(&who(), at(0));
    let header = format!("Bearer {token}");
    let status =
        |cloud: &Cloud, header: &str, now| match cloud.iam.authenticate(header.as_bytes(), at(now))
        {
            Ok(principal) => {
                assert_eq!(principal, who());
                200
            }
            Err(error) => error.status,
        };
    assert_eq!(status(&cloud, &header, 3599), 200);
    assert_eq!(status(&cloud, &header, 3600), 401);
    assert_eq!(status(&cloud, &token, 0), 401);
    assert_eq!(status(&cloud, "Bearer nonsense", 0), 401);
    assert_eq!(cloud.mint(&who(), at(3299)), token);
    let newer = cloud.mint(&who(), at(3300));
    assert_ne!(newer, token);
    cloud.mint(&Principal::user("me@example.com"), at(3601));
    assert!(
        cloud.iam.tokens.get(&token).is_none(),
        "the expired one is swept"
    );
    cloud
        .iam
        .accounts
        .get_mut(who().email())
        .expect("there")
        .disabled = true;
    assert_eq!(status(&cloud, &format!("Bearer {newer}"), 3601), 401);
}

#[test]
fn id_tokens_verify_against_the_published_key() {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, jwk::JwkSet};
    let mut cloud = cloud();
    let email = who().email().to_owned();
    let extra = serde_json::json!({ "google": { "x": 1 } })
        .as_object()
        .expect("one")
        .clone();
    let token = cloud.id_token(&email, "https://run.example", extra.clone(), at(1000));
    assert_eq!(
        cloud.id_token(&email, "https://run.example", extra.clone(), at(4299)),
        token
    );
    assert_ne!(
        cloud.id_token(&email, "https://run.example", extra, at(4300)),
        token
    );
    let signer = Signer::from_pkcs8(&cloud.iam.signer().to_pkcs8().expect("DER")).expect("RSA");
    let set: JwkSet = serde_json::from_value(signer.jwks()).expect("a key set");
    let key = DecodingKey::from_jwk(&set.keys[0]).expect("a key");
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.set_audience(&["https://run.example"]);
    validation.set_issuer(&["https://accounts.google.com"]);
    let claims = decode::<serde_json::Value>(&token, &key, &validation)
        .expect("signed")
        .claims;
    assert_eq!(claims["email"], email);
    assert_eq!(claims["exp"], 4600);
    assert_eq!(claims["google"]["x"], 1);
    validation.set_audience(&["https://else.example"]);
    assert!(decode::<serde_json::Value>(&token, &key, &validation).is_err());
}

#[test]
fn a_refusal_is_in_the_words_of_its_service() {
    let required = |service, kind, permission| {
        RequiredPermission::new(permission, Resource::new(service, kind, "projects/p/x/y"))
    };
    let object = required("storage.googleapis.com", "Object", "storage.objects.get");
    for (required, status, message) in [
        (
            required(
                "compute.googleapis.com",
                "Instance",
                "compute.instances.get",
            ),
            403,
            "Required 'compute.instances.get' permission for 'projects/p/x/y'",
        ),
        (
            object.clone(),
            403,
            "a@demo-project.iam.gserviceaccount.com does not have storage.objects.get access to \
             the Google Cloud Storage object. Permission 'storage.objects.get' denied on resource \
             (or it may not exist).",
        ),
        (
            required("pubsub.googleapis.com", "Topic", "pubsub.topics.get"),
            403,
            "Permission 'pubsub.topics.get' denied on resource \
             '//pubsub.googleapis.com/projects/p/x/y' (or it may not exist).",
        ),
    ] {
        let error = required.refusal(&who());
        assert_eq!((error.status, error.message.as_str()), (status, message));
    }
    let error = object.refusal(&Principal::anonymous());
    assert_eq!(error.status, 401);
    assert!(
        error.message.starts_with("Anonymous caller does not have"),
        "{}",
        error.message
    );
}

#[test]
fn a_policy_is_written_merged_and_only_on_its_etag() {
    let mut cloud = cloud();
    let mut write = |key: &str, policy: serde_json::Value| {
        let submitted = serde_json::from_value(policy).expect("a policy");
        cloud
            .write_policy(key, submitted, false, at(0))
            .map(|policy| policy.to_json(3))
    };
    let viewer =
        |members: &[&str]| serde_json::json!({ "role": "roles/viewer", "members": members });
    let bindings = [
        viewer(&["user:a@x.y", "user:a@x.y"]),
        viewer(&["user:b@x.y"]),
        viewer(&[]),
    ];
    let policy = write(TOPIC, serde_json::json!({ "bindings": bindings })).expect("written");
    assert_eq!(
        policy["bindings"],
        serde_json::json!([viewer(&["user:a@x.y", "user:b@x.y"])])
    );
    let stale = serde_json::json!({ "etag": "ACAB" });
    assert_eq!(write(TOPIC, stale.clone()).expect_err("stale").status, 409);
    let bucket = "//storage.googleapis.com/projects/_/buckets/b";
    write(bucket, stale.clone()).expect("never written before");
    assert_eq!(write(bucket, stale).expect_err("stale").status, 412);
}
