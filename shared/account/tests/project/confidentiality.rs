//! What the resource manager may do in a project after setup, by the policies in
//! the simulator.

use crate::world::{BUCKET, INSTANCES, KEY, PROJECT, RESOURCE_MANAGER, World};
use names::Timestamp;
use serde_json::{Value, json};
use simulator::iam::{Principal, Resource};
use std::collections::{BTreeMap, BTreeSet};

/// Every policy of the project, and the request that reads it.
fn policies() -> Vec<(String, String)> {
    let account = |email: &str| format!("projects/{PROJECT}/serviceAccounts/{email}");
    let their_own = format!("their-own@{PROJECT}.iam.gserviceaccount.com");
    let version = "options.requestedPolicyVersion=3";
    let ring = KEY.split("/cryptoKeys/").next().unwrap_or_default();
    let mut all = vec![
        (
            "project".to_owned(),
            format!("POST /v3/projects/{PROJECT}:getIamPolicy"),
        ),
        (
            "key".to_owned(),
            format!("GET /v1/{KEY}:getIamPolicy?{version}"),
        ),
        (
            "key ring".to_owned(),
            format!("GET /v1/{ring}:getIamPolicy?{version}"),
        ),
    ];
    for email in [INSTANCES, &their_own] {
        all.push((
            email.to_owned(),
            format!("POST /v1/{}:getIamPolicy?{version}", account(email)),
        ));
    }
    for bucket in [BUCKET, "customer-data"] {
        let path = format!("GET /storage/v1/b/{bucket}/iam?optionsRequestedPolicyVersion=3");
        all.push((bucket.to_owned(), path));
    }
    all
}

/// The permissions of a role.
async fn permissions(world: &World, role: &str) -> BTreeSet<String> {
    if role == "roles/iam.serviceAccountUser" {
        // Google's list, of 2026-11.
        return [
            "iam.serviceAccounts.actAs",
            "iam.serviceAccounts.get",
            "iam.serviceAccounts.list",
        ]
        .map(str::to_owned)
        .into();
    }
    let (status, role) = world.ask(&format!("GET /v1/{role}"), Value::Null).await;
    assert_eq!(status, 200, "{role}");
    let listed = role["includedPermissions"]
        .as_array()
        .expect("a list")
        .iter();
    listed
        .map(|p| p.as_str().expect("text").to_owned())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn the_resource_manager_reads_no_data_and_acts_as_the_instances_account_alone() {
    let world = World::new();
    world.apply().await;
    let member = json!(format!("serviceAccount:{RESOURCE_MANAGER}"));
    let mut held: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut conditions = Vec::new();
    for (name, path) in policies() {
        let body = match path.starts_with("POST /v3") {
            true => json!({ "options": { "requestedPolicyVersion": 3 } }),
            false => Value::Null,
        };
        let (status, policy) = world.ask(&path, body).await;
        assert_eq!(status, 200, "{path}: {policy}");
        for binding in policy["bindings"].as_array().into_iter().flatten() {
            let members = binding["members"].as_array().expect("members");
            if members.contains(&member) {
                let role = binding["role"].as_str().expect("a role");
                held.entry(name.clone())
                    .or_default()
                    .extend(permissions(&world, role).await);
                conditions.push((name.clone(), binding["condition"]["expression"].clone()));
            }
        }
    }
    let places: Vec<&str> = held.keys().map(String::as_str).collect();
    assert_eq!(places, [INSTANCES, "project"]);
    for permission in &held["project"] {
        assert!(permission.starts_with("compute."), "{permission}");
        assert!(!permission.ends_with("setIamPolicy"), "{permission}");
    }
    assert!(
        conditions
            .iter()
            .any(|(name, text)| name == "project" && text.is_string())
    );

    // The same, as the simulator decides it.
    let object = |bucket: &str| {
        let name = format!("projects/_/buckets/{bucket}/objects/x");
        Resource::new("storage.googleapis.com", "Object", name)
    };
    let their_own = format!("their-own@{PROJECT}.iam.gserviceaccount.com");
    let key = Resource::new("cloudkms.googleapis.com", "CryptoKey", KEY);
    let instance = |name: &str| {
        let name = format!("projects/{PROJECT}/zones/us-central1-a/instances/{name}");
        Resource::new("compute.googleapis.com", "Instance", name)
    };
    let account = |email: &str| Resource::service_account(PROJECT, email);
    let who = Principal::service_account(RESOURCE_MANAGER);
    let may = |permission: &str, on: &Resource| {
        let decide =
            |cloud: &mut simulator::Cloud, now: Timestamp| cloud.allows(&who, permission, on, now);
        world.host.with(decide)
    };
    for bucket in [BUCKET, "customer-data"] {
        for verb in ["get", "list", "create", "delete", "update", "setIamPolicy"] {
            assert!(
                !may(&format!("storage.objects.{verb}"), &object(bucket)),
                "{verb}"
            );
        }
    }
    assert!(!may("cloudkms.cryptoKeyVersions.useToDecrypt", &key));
    assert!(!may("cloudkms.cryptoKeys.setIamPolicy", &key));
    for email in [INSTANCES, &their_own, RESOURCE_MANAGER] {
        let verbs = [
            "getAccessToken",
            "getOpenIdToken",
            "signBlob",
            "signJwt",
            "implicitDelegation",
            "setIamPolicy",
        ];
        for verb in verbs {
            assert!(
                !may(&format!("iam.serviceAccounts.{verb}"), &account(email)),
                "{verb} {email}"
            );
        }
        let act_as = may("iam.serviceAccounts.actAs", &account(email));
        assert_eq!(act_as, email == INSTANCES, "{email}");
    }
    let hijack = "compute.instances.setMetadata";
    assert!(may(hijack, &instance("gc-job-1")) && !may(hijack, &instance("their-machine")));
}

#[tokio::test(start_paused = true)]
async fn a_machine_cannot_write_the_deployment_record() {
    let world = World::new();
    world.apply().await;
    let who = Principal::service_account(INSTANCES);
    let may = |permission: &str, name: &str| {
        let name = format!("projects/_/buckets/{BUCKET}/objects/{name}");
        let object = Resource::new("storage.googleapis.com", "Object", name);
        world
            .host
            .with(|cloud, now| cloud.allows(&who, permission, &object, now))
    };
    assert!(may("storage.objects.create", "jobs/j/attempts/1/exit.json"));
    for verb in ["get", "create", "delete"] {
        assert!(
            !may(
                &format!("storage.objects.{verb}"),
                "groundcrew/deployment.json"
            ),
            "{verb}"
        );
    }
    // Only checkpoints can be replaced: a job must not undo its fences.
    let replace = "storage.objects.delete";
    assert!(may(replace, "jobs/j/checkpoints/state.json"));
    for name in [
        "jobs/j/attempts/1/claim.json",
        "jobs/j/attempts/1/exit.json",
        "jobs/j/attempts/1/log/00000000.txt",
        "jobs/checkpoints",
        "agent/agent",
        "secrets/ssh-key",
        "x/jobs/j/checkpoints/",
        "volumes/data/jobs/j/checkpoints/state.json",
    ] {
        assert!(!may(replace, name), "{name}");
    }
}
