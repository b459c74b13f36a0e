//! The proof of confidentiality: what the resource manager can come to in a
//! project that was set up, from the policies that the simulator holds, all of
//! them.

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

fn paths(picture: &Snapshot) -> Vec<EscalationPath> {
    let found = reachable_access(picture, &resource_manager());
    assert!(found.open.is_empty(), "{:#?}", found.open);
    found.paths
}

#[tokio::test(start_paused = true)]
async fn directly_it_reads_nothing_decrypts_nothing_and_mints_nothing() {
    let world = World::set_up().await;
    let picture = world.picture();
    let held = effective_access(&picture, &resource_manager());
    assert!(held.open.is_empty(), "{:#?}", held.open);
    let mut acts_as = BTreeSet::new();
    for grant in &held.grants {
        for permission in &grant.permissions {
            match Sensitivity::of(permission) {
                None => {}
                // Of machines alone, and of those that bear our names.
                Some(Sensitivity::Becomes) if permission == "compute.instances.setMetadata" => {
                    let condition = grant.through.condition.as_ref().expect("narrowed");
                    assert!(condition.expression.contains("startsWith(\"gc-\")"));
                }
                Some(Sensitivity::Becomes) if permission == "iam.serviceAccounts.actAs" => {
                    acts_as.insert(grant.resource.to_string());
                }
                Some(power) => panic!("{} {permission} {}", power.words(), grant.resource),
            }
        }
    }
    let machines = format!("//iam.googleapis.com/projects/{PROJECT}/serviceAccounts/{INSTANCES}");
    assert_eq!(acts_as, [machines].into());
    // It is something that was looked at: there is much that it may not do.
    assert!(held.grants.len() >= 2 && picture.resources.len() > 8);
}

/// Whether the path is the one: machines that it launches, as the account of
/// machines.
fn is_the_one(path: &EscalationPath) -> bool {
    let [step] = &path.steps[..] else {
        return false;
    };
    let launches = |way: &explain::Escalation| way.how == "launches a machine as";
    let on_ours = |way: &explain::Escalation| {
        let machines = way
            .needs
            .iter()
            .filter(|n| ResourceKind::of(&n.on) == ResourceKind::Machine);
        let mut names = machines.map(|n| n.on.path().rsplit('/').next().unwrap_or_default());
        let first = names.next();
        first.is_some_and(|name| name.starts_with("gc-")) && names.all(|n| n.starts_with("gc-"))
    };
    step.to.as_str() == format!("serviceAccount:{INSTANCES}")
        && step.ways.iter().any(launches)
        && step.ways.iter().all(|way| launches(way) || on_ours(way))
}

#[tokio::test(start_paused = true)]
async fn through_others_there_is_exactly_one_path_through_machines_it_launches() {
    let world = World::set_up().await;
    // Another machine of the customer's, under another account.
    world.add_machine("their-machine", THEIR_OWN).await;
    let picture = world.picture();
    let found = paths(&picture);
    println!("{}", explain(&picture, &resource_manager()));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(is_the_one(&found[0]), "{}", found[0]);
    assert_eq!(found[0].steps[0].ways.len(), 1);
    let PathEnd::Identity { gains } = &found[0].end else {
        panic!("{}", found[0])
    };
    // What it comes to is the bucket of the deployment, and its key.
    let of = |power: Sensitivity| {
        let with = gains
            .iter()
            .filter(move |gain: &&SensitiveAccess| gain.power == power);
        with.map(|gain| gain.on.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(
        of(Sensitivity::ReadsData),
        [format!(
            "//storage.googleapis.com/projects/_/buckets/{BUCKET}"
        )]
    );
    assert_eq!(of(Sensitivity::Decrypts).len(), 1);
    assert_eq!(of(Sensitivity::Becomes), Vec::<String>::new());
    assert_eq!(of(Sensitivity::ChangesAccess), Vec::<String>::new());

    // A machine of its own makes it no other path.
    world.add_machine("gc-job-1", INSTANCES).await;
    let found = paths(&world.picture());
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(is_the_one(&found[0]), "{}", found[0]);
    assert!(found[0].steps[0].ways.len() > 1);
}

#[tokio::test(start_paused = true)]
async fn whatever_else_somebody_gives_it_is_found_with_its_path() {
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
            "changes who may do what in bucket customer-data".to_owned(),
        ),
        (
            &project,
            custom("setsMetadata"),
            &["compute.instances.setMetadata"],
            format!("has a machine run its code, as {THEIR_OWN}"),
        ),
        (
            &project,
            custom("updatesRoles"),
            &["iam.roles.update"],
            format!("widens a role of its own in project {PROJECT}"),
        ),
    ] {
        let world = World::set_up().await;
        world.add_machine("their-machine", THEIR_OWN).await;
        let only = paths(&world.picture());
        assert!(only.len() == 1 && is_the_one(&only[0]), "{only:#?}");
        world.host.with(|cloud, _| {
            if !permissions.is_empty() {
                cloud.add_role(&role, permissions);
            }
            let member = format!("serviceAccount:{RESOURCE_MANAGER}");
            cloud.grant(on, &role, &member, None);
        });
        let found = paths(&world.picture());
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
