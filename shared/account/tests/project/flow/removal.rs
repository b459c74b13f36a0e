//! Removals that the sweep refuses, or that wait.

use super::{Fixture, project};
use crate::{
    machines::{end, launch},
    world::{BUCKET, INSTANCES, PROJECT},
};
use account::{DeploymentState, Spec, remove};
use events::{Outcome, ProjectProvisioned};
use names::Duration;

#[tokio::test(start_paused = true)]
async fn a_project_set_up_again_stays_even_if_its_record_is_lost() {
    let fixture = Fixture::new().await;
    let due = fixture.set_up_again_after_a_removal().await;
    let record = format!("DELETE /storage/v1/b/{BUCKET}/o/groundcrew%2Fdeployment.json");
    assert_eq!(fixture.status(&record).await, 204);
    tokio::time::sleep(due.since(fixture.now())).await;
    fixture.world.calls();
    assert_eq!(fixture.overdue().await, Outcome::Duplicate);
    assert_eq!(fixture.deployment().await.state, DeploymentState::Ready);
    let (_, writes) = fixture.world.calls();
    assert!(
        writes.iter().all(|call| call.starts_with("firestore")),
        "{writes:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_removal_of_another_bucket_is_recorded_and_removes_nothing() {
    let fixture = Fixture::new().await;
    fixture.deliver(&ProjectProvisioned::of(project())).await;
    let record = fixture.world.setup.recorded().await.expect("read");
    let text = format!("project: {PROJECT}\nbucket: other-bucket\n");
    let other = Spec::parse("groundcrew.yaml", &text, None).expect("a spec");
    let project = project();
    let begun = fixture.deployments.change(&project, |before| {
        Some(remove(before, &other, &record, fixture.now()))
    });
    begun.await.expect("the ledger");
    tokio::time::sleep(Duration::from_secs(15 * 60)).await;
    fixture.world.calls();
    let outcome = fixture.overdue().await;
    let Outcome::Permanent(reason) = &outcome else {
        panic!("{outcome:?}");
    };
    assert!(reason.contains("`bucket:` is other-bucket"), "{reason}");
    assert!(reason.contains(BUCKET), "{reason}");
    assert!(fixture.deployment().await.last().contains(BUCKET));
    let plan = fixture.world.plan().await;
    assert!(plan.is_empty(), "{plan}");
}

#[tokio::test(start_paused = true)]
async fn a_removal_waits_until_the_machines_are_gone() {
    let fixture = Fixture::new().await;
    fixture.deliver(&ProjectProvisioned::of(project())).await;
    launch(&fixture.world, INSTANCES).await;
    fixture.begin_removal().await;
    tokio::time::sleep(Duration::from_secs(15 * 60)).await;
    let outcome = fixture.overdue().await;
    let Outcome::Retry { reason, .. } = &outcome else {
        panic!("{outcome:?}");
    };
    assert!(reason.contains("gc-train-1 in us-central1-a"), "{reason}");
    let plan = fixture.world.plan().await;
    assert!(plan.is_empty(), "{plan}");
    end(&fixture.world).await;
    let due = fixture.deployment().await.due.expect("due");
    tokio::time::sleep(due.since(fixture.now())).await;
    assert_eq!(fixture.overdue().await, Outcome::Done);
}
