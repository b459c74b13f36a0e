//! What is read through the APIs, against what the simulator holds.

use super::world::{PROJECT, RESOURCE_MANAGER, World};
use explain::{ResourceKind, Snapshot, explain};
use simulator::iam::Principal;

#[tokio::test(start_paused = true)]
async fn what_is_read_is_what_there_is() {
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
    let all = world.picture();
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
    // Nothing but what is never read.
    let gaps: Vec<&str> = read
        .read_failures
        .iter()
        .map(|gap| gap.why.as_str())
        .collect();
    assert_eq!(gaps, ["not asked for", "groundcrew does not read these"]);
    // And it is the same answer.
    let who = format!("serviceAccount:{RESOURCE_MANAGER}")
        .parse()
        .expect("valid");
    let through = |picture: &Snapshot| explain(picture, &who).through.paths;
    assert_eq!(through(&read), through(&there));
    assert_eq!(through(&read).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_read_is_a_gap() {
    let world = World::set_up().await;
    // Owns the project, and nothing above it.
    let read = world.collect(Principal::user("owner@example.com")).await;
    let above = read
        .read_failures
        .iter()
        .find(|gap| gap.what.contains("folders/7"));
    let above = above.unwrap_or_else(|| panic!("{:#?}", read.read_failures));
    assert!(above.why.contains("403"), "{above:#?}");
    // Nobody of theirs: nothing, and all of it said.
    let read = world.collect(Principal::user("stranger@example.com")).await;
    for what in [
        "lies in",
        "the policy of",
        "the service accounts of",
        "the buckets of",
        "where customer-project has keys",
        "the topics of",
        "the subscriptions of",
        "the machines of",
    ] {
        let said = read.read_failures.iter().any(|gap| gap.what.contains(what));
        assert!(said, "{what}: {:#?}", read.read_failures);
    }
    let who = format!("serviceAccount:{RESOURCE_MANAGER}")
        .parse()
        .expect("valid");
    let text = explain(&read, &who).to_string();
    assert!(text.contains("not read\n"), "{text}");
}
