//! `constraints/iam.allowedPolicyMemberDomains`.

use super::*;

const CONSTRAINT: &str = "iam.allowedPolicyMemberDomains";
const MESSAGE: &str =
    "One or more users named in the policy do not belong to a permitted customer.";
const OUTSIDER: &str = "user:ann@elsewhere.example";

/// An organisation of the customer `C0example` with the domain `example.com`, and
/// another one.
fn world() -> World {
    let mut world = World::new();
    let cloud = &mut world.0.cloud;
    cloud.set_customer("1", "C0example", &["example.com"]);
    cloud.add_organization("2");
    cloud.set_customer("2", "C0partner", &["partner.example"]);
    cloud.add_project("partner-project", 99, Some("organizations/2"));
    cloud.add_account("partner-project", "robot");
    cloud.without_apis("partner-project");
    world
}

fn policy(members: &[&str]) -> Value {
    json!({ "policy": { "bindings": [{ "role": "roles/viewer", "members": members }] } })
}

fn set(project: &str) -> String {
    format!("POST /v1/projects/{project}:setIamPolicy")
}

#[test]
fn members_belong_to_a_permitted_customer() {
    let mut world = world();
    world.ok(&set(PROJECT), policy(&[OUTSIDER]));
    world.list("organizations/1", CONSTRAINT, allowed(&["is:C0example"]));
    let robot = format!("serviceAccount:robot@{PROJECT}.iam.gserviceaccount.com");
    for permitted in [
        "user:ann@example.com",
        "group:all@example.com",
        "domain:example.com",
        "serviceAccount:service-78@gcp-sa-pubsub.iam.gserviceaccount.com",
        "principalSet://iam.googleapis.com/projects/77/locations/global/workloadIdentityPools/p/*",
        &robot,
        // Who is a member stays one.
        OUTSIDER,
    ] {
        world.ok(&set(PROJECT), policy(&[OUTSIDER, permitted]));
    }
    for refused in [
        "user:bob@elsewhere.example",
        "user:ann@partner.example",
        "domain:elsewhere.example",
        "group:all@gmail.com",
        "serviceAccount:robot@partner-project.iam.gserviceaccount.com",
        "serviceAccount:service-99@gcp-sa-pubsub.iam.gserviceaccount.com",
        "principalSet://iam.googleapis.com/projects/99/locations/global/workloadIdentityPools/p/*",
        "allUsers",
        "allAuthenticatedUsers",
    ] {
        let policy = policy(&["user:ann@example.com", refused]);
        let error = world.error(&set(PROJECT), policy);
        assert_eq!(error, (400, MESSAGE.to_owned()), "{refused}");
    }
    // Once removed, it is new.
    world.ok(&set(PROJECT), policy(&["user:ann@example.com"]));
    assert_eq!(world.error(&set(PROJECT), policy(&[OUTSIDER])).0, 400);
}

#[test]
fn the_refusal_names_the_member() {
    let mut world = world();
    world.list("organizations/1", CONSTRAINT, allowed(&["C0example"]));
    let (_, answer) = world.ask(&set(PROJECT), policy(&[OUTSIDER]));
    assert_eq!(answer["error"]["status"], "FAILED_PRECONDITION");
    let violation = json!({
        "type": "constraints/iam.allowedPolicyMemberDomains",
        "subject": format!("orgpolicy:projects/{PROJECT}?configvalue=ann%40elsewhere.example"),
        "description": "User ann@elsewhere.example is not in permitted organization.",
    });
    assert_eq!(
        answer["error"]["details"][0]["violations"],
        json!([violation])
    );
}

#[test]
fn a_child_can_permit_others() {
    let mut world = world();
    let organization = "is:principalSet://iam.googleapis.com/organizations/1";
    world.list("organizations/1", CONSTRAINT, allowed(&[organization]));
    world.ok(&set(PROJECT), policy(&["user:ann@example.com"]));
    let spec = json!({ "inheritFromParent": true, "rules": [allowed(&["C0partner"])] });
    world.policy("folders/7", CONSTRAINT, spec);
    let partners = policy(&["user:ann@example.com", "user:ann@partner.example"]);
    world.ok(&set(PROJECT), partners);
    assert_eq!(world.error(&set(PROJECT), policy(&["allUsers"])).0, 400);
    world.list(&child(), CONSTRAINT, json!({ "allowAll": true }));
    world.ok(&set(CHILD), policy(&["allUsers", OUTSIDER]));
}

#[test]
fn policies_of_all_resources_are_restricted() {
    let mut world = world();
    world.list("organizations/1", CONSTRAINT, allowed(&["C0example"]));
    let topic = format!("projects/{PROJECT}/topics/news");
    let create = format!("PUT /v1/{topic}");
    world.ok(&create, json!({}));
    let bucket = format!("POST /storage/v1/b?project={PROJECT}");
    world.ok(&bucket, json!({ "name": "product-files" }));
    let account = format!("robot@{PROJECT}.iam.gserviceaccount.com");
    let account = format!("projects/{PROJECT}/serviceAccounts/{account}");
    let binding = |role: &str| {
        let binding = json!({ "role": role, "members": ["allUsers"] });
        json!({ "bindings": [binding] })
    };
    let wrapped = |role: &str| json!({ "policy": binding(role) });
    for (call, body, status) in [
        (
            format!("POST /v1/{topic}:setIamPolicy"),
            wrapped("roles/pubsub.publisher"),
            400,
        ),
        (
            "POST /v3/folders/7:setIamPolicy".to_owned(),
            wrapped("roles/viewer"),
            400,
        ),
        (
            format!("POST /v1/{account}:setIamPolicy"),
            wrapped("roles/iam.serviceAccountUser"),
            400,
        ),
        (
            "PUT /storage/v1/b/product-files/iam".to_owned(),
            binding("roles/storage.objectViewer"),
            412,
        ),
    ] {
        assert_eq!(
            world.error(&call, body),
            (status, MESSAGE.to_owned()),
            "{call}"
        );
    }
    // Cloud Run's words are a little different.
    let services = format!("/v2/projects/{PROJECT}/locations/europe-west1/services");
    let template = json!({ "containers": [{ "image": "europe-docker.pkg.dev/p/r/i" }] });
    let create = format!("POST {services}?serviceId=web");
    world.ok(&create, json!({ "template": template }));
    let set = format!("POST {services}/web:setIamPolicy");
    let words = MESSAGE.replace('.', ",  perhaps due to an organization policy.");
    assert_eq!(
        world.error(&set, wrapped("roles/run.invoker")),
        (400, words)
    );
}
