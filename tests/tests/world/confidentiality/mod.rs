//! The proof of confidentiality: what the resource manager can reach in a project
//! that was set up, computed from all policies that the simulator holds.

mod collected;
mod world;

use explain::{
    EscalationPath, PathEnd, ResourceKind, SensitiveAccess, Sensitivity, Snapshot,
    effective_access, explain, reachable_access,
};
use names::Member;
use std::collections::BTreeSet;
use world::{BUCKET, INSTANCES, PROJECT, RESOURCE_MANAGER, THEIR_OWN, World};

fn resource_manager() -> Member {
    let member = format!("serviceAccount:{RESOURCE_MANAGER}");
    member.parse().expect("a member")
}

fn paths(snapshot: &Snapshot) -> Vec<EscalationPath> {
    let found = reachable_access(snapshot, &resource_manager());
    assert!(found.undetermined.is_empty(), "{:#?}", found.undetermined);
    found.paths
}

#[tokio::test(start_paused = true)]
async fn the_resource_manager_cannot_itself_read_data_decrypt_or_mint_tokens() {
    let world = World::set_up().await;
    let snapshot = world.snapshot();
    let access = effective_access(&snapshot, &resource_manager());
    assert!(access.undetermined.is_empty(), "{:#?}", access.undetermined);
    let mut acts_as = BTreeSet::new();
    for grant in &access.grants {
        for permission in &grant.permissions {
            match Sensitivity::of(permission) {
                None => {}
                // Of machines alone, and of those that bear our names.
                Some(Sensitivity::Impersonates)
                    if permission == "compute.instances.setMetadata" =>
                {
                    let condition = grant.binding.condition.as_ref().expect("narrowed");
                    assert!(condition.expression.contains("startsWith(\"gc-\")"));
                }
                Some(Sensitivity::Impersonates) if permission == "iam.serviceAccounts.actAs" => {
                    acts_as.insert(grant.resource.to_string());
                }
                Some(sensitivity) => {
                    panic!("{} {permission} {}", sensitivity.verb(), grant.resource)
                }
            }
        }
    }
    let machines = format!("//iam.googleapis.com/projects/{PROJECT}/serviceAccounts/{INSTANCES}");
    assert_eq!(acts_as, [machines].into());
    // The snapshot is not trivial.
    assert!(access.grants.len() >= 2 && snapshot.resources.len() > 8);
}

/// Whether the path is the one: machines that it launches, as the account of
/// machines.
fn is_the_one(path: &EscalationPath) -> bool {
    let [step] = &path.steps[..] else {
        return false;
    };
    let launches = |escalation: &explain::Escalation| escalation.how == "launches a machine as";
    let on_own_machines = |escalation: &explain::Escalation| {
        let machines = escalation
            .requires
            .iter()
            .filter(|held| ResourceKind::of(&held.resource) == ResourceKind::Machine);
        let mut names =
            machines.map(|held| held.resource.path().rsplit('/').next().unwrap_or_default());
        let first = names.next();
        first.is_some_and(|name| name.starts_with("gc-")) && names.all(|n| n.starts_with("gc-"))
    };
    step.to.as_str() == format!("serviceAccount:{INSTANCES}")
        && step.escalations.iter().any(launches)
        && step
            .escalations
            .iter()
            .all(|escalation| launches(escalation) || on_own_machines(escalation))
}

#[tokio::test(start_paused = true)]
async fn the_only_path_of_the_resource_manager_to_data_is_through_machines_it_launches() {
    let world = World::set_up().await;
    // Another machine of the customer's, under another account.
    world.add_machine("their-machine", THEIR_OWN).await;
    let snapshot = world.snapshot();
    let found = paths(&snapshot);
    println!("{}", explain(&snapshot, &resource_manager()));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(is_the_one(&found[0]), "{}", found[0]);
    assert_eq!(found[0].steps[0].escalations.len(), 1);
    let PathEnd::Identity { sensitive_access } = &found[0].end else {
        panic!("{}", found[0])
    };
    // What it comes to is the bucket of the deployment, and its key.
    let of = |sensitivity: Sensitivity| {
        let with = sensitive_access
            .iter()
            .filter(move |found: &&SensitiveAccess| found.sensitivity == sensitivity);
        // The machines have two grants in the bucket: one covers checkpoints.
        with.map(|found| found.resource.to_string())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(
        of(Sensitivity::ReadsData),
        BTreeSet::from([format!(
            "//storage.googleapis.com/projects/_/buckets/{BUCKET}"
        )])
    );
    assert_eq!(of(Sensitivity::Decrypts).len(), 1);
    assert_eq!(of(Sensitivity::Impersonates), BTreeSet::new());
    assert_eq!(of(Sensitivity::ChangesAccess), BTreeSet::new());

    // A machine of its own makes it no other path.
    world.add_machine("gc-job-1", INSTANCES).await;
    let found = paths(&world.snapshot());
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(is_the_one(&found[0]), "{}", found[0]);
    assert!(found[0].steps[0].escalations.len() > 1);
}

#[tokio::test(start_paused = true)]
async fn every_further_grant_to_the_resource_manager_is_found_with_its_path() {
    let project = format!("//cloudresourcemanager.googleapis.com/projects/{PROJECT}");
    let theirs = format!("//iam.googleapis.com/projects/{PROJECT}/serviceAccounts/{THEIR_OWN}");
    let data = "//storage.googleapis.com/projects/_/buckets/customer-data".to_owned();
    let folder = "//cloudresourcemanager.googleapis.com/folders/7".to_owned();
    let custom = |id: &str| format!("projects/{PROJECT}/roles/{id}");
    for (on, role, permissions, says) in [
        (
            &project,
            "roles/iam.serviceAccountUser".to_owned(),
            &[][..],
            format!("launches a machine as {THEIR_OWN}"),
        ),
        (
            &folder,
            "roles/iam.serviceAccountUser".to_owned(),
            &[],
            format!("launches a machine as {THEIR_OWN}"),
        ),
        (
            &theirs,
            "roles/iam.serviceAccountTokenCreator".to_owned(),
            &[],
            format!("mints an access token of {THEIR_OWN}"),
        ),
        (
            &data,
            custom("setsPolicy"),
            &["storage.buckets.setIamPolicy"],
            "changes the IAM policy of bucket customer-data".to_owned(),
        ),
        (
            &project,
            custom("setsMetadata"),
            &["compute.instances.setMetadata"],
            format!("runs code on a machine as {THEIR_OWN}"),
        ),
        (
            &project,
            custom("updatesRoles"),
            &["iam.roles.update"],
            format!("adds permissions to a role that it holds on project {PROJECT}"),
        ),
    ] {
        let world = World::set_up().await;
        world.add_machine("their-machine", THEIR_OWN).await;
        let only = paths(&world.snapshot());
        assert!(only.len() == 1 && is_the_one(&only[0]), "{only:#?}");
        world.host.with(|cloud, _| {
            if !permissions.is_empty() {
                cloud.add_role(&role, permissions);
            }
            let member = format!("serviceAccount:{RESOURCE_MANAGER}");
            cloud.grant(on, &role, &member, None);
        });
        let found = paths(&world.snapshot());
        let others: Vec<String> = found
            .iter()
            .filter(|path| !is_the_one(path))
            .map(ToString::to_string)
            .collect();
        println!("{role} on {on}:\n  {}", others.join("\n  "));
        assert!(
            others.iter().any(|path| path.contains(&says)),
            "{says}: {others:#?}"
        );
    }
}
