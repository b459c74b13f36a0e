//! What is read through the APIs, against what the simulator holds.

use super::world::{PROJECT, RESOURCE_MANAGER, World};
use explain::{ResourceKind, Snapshot, explain};
use simulator::iam::Principal;

#[tokio::test(start_paused = true)]
async fn the_collected_snapshot_equals_the_simulators_state() {
    let world = World::set_up().await;
    world.add_machine("their-machine", super::THEIR_OWN).await;
    world.host.with(|cloud, _| {
        let data = "//storage.googleapis.com/projects/_/buckets/customer-data";
        cloud.grant(data, "roles/storage.objectViewer", "allUsers", None);
        let until = "request.time < timestamp('2027-01-01T00:00:00Z')";
        let project = format!("//cloudresourcemanager.googleapis.com/projects/{PROJECT}");
        cloud.grant(
            &project,
            "roles/run.invoker",
            "group:all@example.com",
            Some(until),
        );
    });
    world.add_folder(super::world::BUCKET, "volumes/a/").await;
    world.add_folder(super::world::BUCKET, "volumes/a/b/").await;
    world.add_topic("theirs").await;

    let read = world.collect(Principal::user("auditor@example.com")).await;
    let all = world.snapshot();
    let there = world.part_of_project(&all);
    assert_eq!(read.resources, there.resources);
    assert_eq!(read.roles, there.roles);
    let kinds: Vec<ResourceKind> = there.resources.keys().map(ResourceKind::of).collect();
    for kind in [
        ResourceKind::Organization,
        ResourceKind::Folder,
        ResourceKind::Project,
        ResourceKind::Account,
        ResourceKind::Bucket,
        ResourceKind::ManagedFolder,
        ResourceKind::KeyRing,
        ResourceKind::Key,
        ResourceKind::Topic,
        ResourceKind::Machine,
    ] {
        assert!(
            kinds.contains(&kind),
            "no {kind:?} was there to be compared"
        );
    }
    // Only what is never read.
    let reasons: Vec<&str> = read
        .read_failures
        .iter()
        .map(|failure| failure.reason.as_str())
        .collect();
    assert_eq!(reasons, ["not requested", "not supported"]);
    // The explanations are equal, too.
    let who = format!("serviceAccount:{RESOURCE_MANAGER}")
        .parse()
        .expect("valid");
    let indirect = |snapshot: &Snapshot| explain(snapshot, &who).indirect.paths;
    assert_eq!(indirect(&read), indirect(&there));
    assert_eq!(indirect(&read).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn unreadable_policies_are_reported_as_read_failures() {
    let world = World::set_up().await;
    // Owns the project, and nothing above it.
    let read = world.collect(Principal::user("owner@example.com")).await;
    let above = read
        .read_failures
        .iter()
        .find(|failure| failure.what.contains("folders/7"));
    let above = above.unwrap_or_else(|| panic!("{:#?}", read.read_failures));
    assert!(above.reason.contains("403"), "{above:#?}");
    // A stranger can read nothing, and every failure is recorded.
    let read = world.collect(Principal::user("stranger@example.com")).await;
    for what in [
        "the parent of",
        "the policy of",
        "the service accounts of",
        "the buckets of",
        "the key locations of customer-project",
        "the topics of",
        "the subscriptions of",
        "the machines of",
    ] {
        let said = read
            .read_failures
            .iter()
            .any(|failure| failure.what.contains(what));
        assert!(said, "{what}: {:#?}", read.read_failures);
    }
    let who = format!("serviceAccount:{RESOURCE_MANAGER}")
        .parse()
        .expect("valid");
    let text = explain(&read, &who).to_string();
    assert!(text.contains("not read\n"), "{text}");
}
