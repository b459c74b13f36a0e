//! What a caller lacks is named before anything is done.

use crate::world::{BUCKET, PROJECT, World};
use simulator::iam::Principal;
use std::collections::BTreeSet;

const PERSON: &str = "user:person@example.com";

fn project() -> String {
    format!("//cloudresourcemanager.googleapis.com/projects/{PROJECT}")
}

/// The missing permissions of a person with these roles on the project.
async fn missing(world: &World, roles: &[&str]) -> BTreeSet<&'static str> {
    for role in roles {
        let grant = |cloud: &mut simulator::Cloud, _| cloud.grant(&project(), role, PERSON, None);
        world.host.with(grant);
    }
    let setup = world.setup_as(&Principal::user("person@example.com"));
    let plan = setup.plan().await.expect("observed");
    setup.missing_permissions(&plan).await.expect("tested")
}

#[tokio::test(start_paused = true)]
async fn an_owner_needs_to_administer_storage_too() {
    let world = World::new();
    let missing_to_owner = missing(&world, &["roles/owner"]).await;
    assert!(missing_to_owner.contains("storage.objects.create"));
    let of_storage = |permission: &&str| permission.starts_with("storage.");
    assert!(
        missing_to_owner.iter().all(of_storage),
        "{missing_to_owner:?}"
    );
    let none = missing(&world, &["roles/storage.admin"]).await;
    assert_eq!(none, BTreeSet::new());
    // And it is enough.
    let setup = world.setup_as(&Principal::user("person@example.com"));
    let plan = setup.plan().await.expect("observed");
    let report = setup.apply(&plan, &|_| {}).await.expect("the record");
    assert!(report.is_done(), "{:#?}", report.outcomes);
    let plan = setup.plan().await.expect("observed");
    let none = setup.missing_permissions(&plan).await.expect("tested");
    assert_eq!(
        none,
        BTreeSet::new(),
        "a plan without changes needs nothing"
    );
}

#[tokio::test(start_paused = true)]
async fn each_permission_that_is_missing_is_named() {
    let world = World::new();
    let roles = [
        "roles/storage.admin",
        "roles/browser",
        "roles/compute.networkAdmin",
    ];
    world.host.with(|cloud, _| {
        let read = ["roles/viewer", "roles/iam.securityReviewer"];
        for role in read {
            cloud.grant(&project(), role, PERSON, None);
        }
    });
    let missing = missing(&world, &roles).await;
    for permission in [
        "cloudkms.cryptoKeys.create",
        "iam.roles.create",
        "iam.serviceAccounts.create",
        "resourcemanager.projects.setIamPolicy",
        "serviceusage.services.enable",
    ] {
        assert!(missing.contains(permission), "{permission}: {missing:?}");
    }
    let given = |p: &&str| p.starts_with("storage.") || p.starts_with("compute.networks.");
    assert!(!missing.iter().any(given), "{missing:?}");
}

/// A bucket that exists may be shared with the caller alone.
#[tokio::test(start_paused = true)]
async fn what_is_granted_on_the_bucket_itself_counts() {
    let world = World::new();
    let name = format!("//storage.googleapis.com/projects/_/buckets/{BUCKET}");
    world.host.with(|cloud, now| {
        cloud.declare_bucket(BUCKET, PROJECT, now);
        cloud.grant(&name, "roles/storage.admin", PERSON, None);
    });
    let missing = missing(&world, &["roles/owner"]).await;
    assert_eq!(missing, BTreeSet::new());
}
