//! Boolean constraints: each refuses, but not where a project has an exception.

use super::*;
use crate::iam::{Signer, self_signed};
use base64::{Engine, prelude::BASE64_STANDARD};

fn account(project: &str) -> String {
    format!("projects/{project}/serviceAccounts/robot@{project}.iam.gserviceaccount.com")
}

/// Sends a call to both projects where nothing forbids it, then where a constraint
/// does, but for one with an exception; returns the refusal.
fn refusal(constraint: &str, call: impl Fn(&str) -> (String, Value)) -> Value {
    let mut world = World::new();
    for project in [PROJECT, CHILD] {
        let (call, body) = call(project);
        world.ok(&call, body);
    }
    world.boolean("organizations/1", constraint, true);
    world.boolean(&child(), constraint, false);
    let (allowed, body) = call(CHILD);
    world.ok(&allowed, body);
    let (refused, body) = call(PROJECT);
    let (status, answer) = world.ask(&refused, body.clone());
    assert_eq!(
        (status, &answer["error"]["status"]),
        (400, &json!("FAILED_PRECONDITION"))
    );
    world.policy(
        &format!("projects/{PROJECT}"),
        constraint,
        json!({ "reset": true }),
    );
    world.ok(&refused, body);
    answer["error"].clone()
}

#[test]
fn keys_are_not_created() {
    let constraint = "iam.disableServiceAccountKeyCreation";
    let error = refusal(constraint, |project| {
        (format!("POST /v1/{}/keys", account(project)), json!({}))
    });
    let message = "Key creation is not allowed on this service account.";
    assert_eq!(error["message"], message);
    let account = account(PROJECT);
    let violation = json!({
        "type": format!("constraints/{constraint}"),
        "subject": format!(
            "{account}?configvalue=robot%40{PROJECT}.iam.gserviceaccount.com"
        ),
        "description": message,
    });
    assert_eq!(error["details"][0]["violations"], json!([violation]));
}

#[test]
fn keys_are_not_uploaded() {
    let constraint = "iam.disableServiceAccountKeyUpload";
    let error = refusal(constraint, |project| {
        let private = Signer::generate().to_pkcs8().expect("PKCS #8");
        let at = names::Timestamp::from_seconds(1000);
        let der = self_signed(&private, "mine", at).expect("a certificate");
        let der = BASE64_STANDARD.encode(der);
        let pem = format!("-----BEGIN CERTIFICATE-----\n{der}\n-----END CERTIFICATE-----\n");
        let upload = format!("POST /v1/{}/keys:upload", account(project));
        (
            upload,
            json!({ "publicKeyData": BASE64_STANDARD.encode(pem) }),
        )
    });
    assert_eq!(
        error["message"],
        format!(
            "Constraint `constraints/{constraint}` violated for service account {} attempting to \
             upload public key.",
            account(PROJECT)
        )
    );
    let kind = &error["details"][0]["violations"][0]["type"];
    assert_eq!(*kind, format!("constraints/{constraint}"));
}

/// Enables Compute Engine in a project; returns how many networks that brings, and
/// whether the default account may edit the project.
fn enable_compute(world: &mut World, project: &str, number: u64) -> (usize, bool) {
    world.0.cloud.without_api(project, "compute.googleapis.com");
    let service = format!("/v1/projects/{project}/services/compute.googleapis.com");
    world.ok(&format!("POST {service}:enable"), json!({}));
    world.0.advance(60);
    let networks = world.get(&format!("/compute/v1/projects/{project}/global/networks"));
    let networks = networks["items"].as_array().map_or(0, Vec::len);
    let email = format!("{number}-compute@developer.gserviceaccount.com");
    assert!(world.0.cloud.iam.account(&email).is_some(), "{email}");
    let account = Principal::service_account(&email);
    let get = format!("GET /v3/projects/{project}");
    (networks, world.0.ask(&account, &get, &NULL).0 == 200)
}

#[test]
fn new_projects_have_no_default_network() {
    let mut world = World::new();
    let constraint = "compute.skipDefaultNetworkCreation";
    world.boolean("folders/7", constraint, true);
    world.boolean(&child(), constraint, false);
    assert_eq!(enable_compute(&mut world, PROJECT, 77).0, 0);
    assert_eq!(enable_compute(&mut world, CHILD, 78).0, 1);
    assert_eq!(enable_compute(&mut World::new(), PROJECT, 77).0, 1);
}

#[test]
fn default_accounts_edit_where_a_policy_does_not_forbid_it() {
    let mut world = World::new();
    let constraint = "iam.automaticIamGrantsForDefaultServiceAccounts";
    let path = format!("/v2/projects/{PROJECT}/policies/{constraint}:getEffectivePolicy");
    // In an organisation that is the default.
    let enforced = json!([{ "enforce": true }]);
    assert_eq!(world.get(&path)["spec"]["rules"], enforced);
    assert!(!enable_compute(&mut world, PROJECT, 77).1);
    world.boolean(&child(), constraint, false);
    assert!(enable_compute(&mut world, CHILD, 78).1);

    let mut world = World::new();
    world.boolean("organizations/1", constraint, false);
    world.boolean(&child(), constraint, true);
    assert!(enable_compute(&mut world, PROJECT, 77).1);
    assert!(!enable_compute(&mut world, CHILD, 78).1);
}
