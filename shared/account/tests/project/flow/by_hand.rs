//! Manual runs of an operator on projects that events have set up.

use super::{DAY, Fixture, project};
use crate::world::{BUCKET, KEY, settings, spec};
use account::{DeploymentState, ManualRun, ManualStart};
use events::{Outcome, ProjectProvisioned};
use ledger::Ledger;
use names::Duration;
use plan::AttemptResult;

fn ledger(client: gcp::Client, database: &str) -> Ledger {
    let database = format!("projects/groundcrew-home/databases/{database}");
    Ledger::new(client, database.parse().expect("a name"))
}

fn manual_run(fixture: &Fixture) -> ManualRun {
    let client = fixture.world.owner();
    ManualRun::new(client.clone(), ledger(client, "ledger"), settings())
}

#[tokio::test(start_paused = true)]
async fn a_project_set_up_after_an_interrupted_removal_stays() {
    let fixture = Fixture::new().await;
    fixture.deliver(&ProjectProvisioned::of(project())).await;
    let manual = manual_run(&fixture);
    let record = fixture.world.setup.record().await.expect("read");
    let begun = manual.begin_removal(&spec(), record.as_ref()).await;
    assert!(matches!(begun, Ok(ManualStart::Started(_))), "{begun:?}");
    assert!(matches!(
        fixture.deployment().await.state,
        DeploymentState::Removing { .. }
    ));

    // Nothing was removed yet, so nothing is to be done.
    let begun = manual
        .begin_apply(&spec(), false)
        .await
        .expect("the ledger");
    let ManualStart::Started(requested_at) = begun else {
        panic!("{begun:?}");
    };
    let result = AttemptResult::of(&fixture.world.apply().await);
    let ended = manual.end(&project(), requested_at, &result).await;
    ended.expect("the ledger");
    let known = fixture.deployment().await;
    assert_eq!((&known.state, known.due), (&DeploymentState::Ready, None));
    tokio::time::sleep(40 * DAY).await;
    assert!(matches!(fixture.overdue().await, Outcome::Ignored(_)));
    assert_eq!(
        fixture.status(&format!("GET /storage/v1/b/{BUCKET}")).await,
        200
    );
    let plan = fixture.world.plan().await;
    assert!(plan.is_empty(), "{plan}");

    // An apply without changes on a ready project writes nothing to the ledger.
    let again = manual.begin_apply(&spec(), false).await;
    assert!(matches!(again, Ok(ManualStart::Started(_))), "{again:?}");
    assert_eq!(fixture.deployment().await, known);
}

#[tokio::test(start_paused = true)]
async fn without_a_record_an_interrupted_removal_is_finished_by_ownership_marks() {
    let fixture = Fixture::new().await;
    fixture.deliver(&ProjectProvisioned::of(project())).await;
    let setup = &fixture.world.setup;
    let plan = setup.plan_teardown().await.expect("observed");
    let report = setup.delete(&plan, &|_| {}).await.expect("the record");
    assert!(report.is_done(), "{:#?}", report.outcomes);
    tokio::time::sleep(32 * DAY).await;
    assert_eq!(setup.record().await.expect("read"), None);
    assert_eq!(fixture.status(&format!("GET /v1/{KEY}")).await, 200);

    let begun = manual_run(&fixture).begin_removal(&spec(), None).await;
    assert!(matches!(begun, Ok(ManualStart::Started(_))), "{begun:?}");
    tokio::time::sleep(Duration::from_secs(15 * 60)).await;
    assert_eq!(fixture.overdue().await, Outcome::Done);
    assert_eq!(fixture.deployment().await.state, DeploymentState::Removed);
    assert_eq!(fixture.status(&format!("GET /v1/{KEY}")).await, 404);
}

#[tokio::test(start_paused = true)]
async fn manual_runs_are_denied_by_a_ledger_that_the_caller_cannot_access() {
    let fixture = Fixture::new().await;
    let record = plan::DeploymentRecord::new(spec().deployment_id());
    for (client, database) in [
        (fixture.world.resource_manager(), "ledger"),
        (fixture.world.owner(), "no-such-ledger"),
    ] {
        let manual = ManualRun::new(client.clone(), ledger(client, database), settings());
        let denied = manual.begin_apply(&spec(), true).await;
        assert!(
            denied.as_ref().is_err_and(account::Error::is_closed),
            "{denied:?}"
        );
        let denied = manual.begin_removal(&spec(), Some(&record)).await;
        assert!(
            denied.as_ref().is_err_and(account::Error::is_closed),
            "{denied:?}"
        );
        let denied = manual.give_up(&spec()).await;
        assert!(
            denied.as_ref().is_err_and(account::Error::is_closed),
            "{denied:?}"
        );
    }
}
