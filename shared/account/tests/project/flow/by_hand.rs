//! What an operator does, beside what events have done.

use super::{DAY, Desk, project};
use crate::world::{BUCKET, KEY, settings, spec};
use account::{AttemptResult, DeploymentState, ManualRun, ManualStart};
use events::{Outcome, ProjectProvisioned};
use ledger::Ledger;
use names::Duration;

fn ledger(client: gcp::Client, database: &str) -> Ledger {
    let database = format!("projects/groundcrew-home/databases/{database}");
    Ledger::new(client, database.parse().expect("a name"))
}

fn hand(desk: &Desk) -> ManualRun {
    let client = desk.world.owner();
    ManualRun::new(client.clone(), ledger(client, "ledger"), settings())
}

#[tokio::test(start_paused = true)]
async fn what_is_set_up_after_a_removal_that_broke_off_stays() {
    let desk = Desk::new().await;
    desk.tell(&ProjectProvisioned::of(project())).await;
    let hand = hand(&desk);
    let record = desk.world.setup.record().await.expect("read");
    let begun = hand.begin_removal(&spec(), record.as_ref()).await;
    assert!(matches!(begun, Ok(ManualStart::Started(_))), "{begun:?}");
    assert!(matches!(
        desk.deployment().await.state,
        DeploymentState::Removing { .. }
    ));

    // Nothing was removed yet, so nothing is to be done.
    let begun = hand.begin_apply(&spec(), false).await.expect("the ledger");
    let ManualStart::Started(asked) = begun else {
        panic!("{begun:?}");
    };
    let tried = AttemptResult::of(&desk.world.apply().await);
    let ended = hand.end(&project(), asked, &tried).await;
    ended.expect("the ledger");
    let known = desk.deployment().await;
    assert_eq!((&known.state, known.due), (&DeploymentState::Ready, None));
    tokio::time::sleep(40 * DAY).await;
    assert!(matches!(desk.overdue().await, Outcome::Ignored(_)));
    assert_eq!(
        desk.status(&format!("GET /storage/v1/b/{BUCKET}")).await,
        200
    );
    let plan = desk.world.look().await;
    assert!(plan.is_empty(), "{plan}");

    // What is set up, and asked for once more, changes nothing in the ledger.
    let again = hand.begin_apply(&spec(), false).await;
    assert!(matches!(again, Ok(ManualStart::Started(_))), "{again:?}");
    assert_eq!(desk.deployment().await, known);
}

#[tokio::test(start_paused = true)]
async fn without_any_record_a_removal_that_broke_off_is_finished_by_marks() {
    let desk = Desk::new().await;
    desk.tell(&ProjectProvisioned::of(project())).await;
    let setup = &desk.world.setup;
    let plan = setup.plan_teardown().await.expect("observed");
    let report = setup.delete(&plan, &|_| {}).await.expect("the record");
    assert!(report.is_done(), "{:#?}", report.outcomes);
    tokio::time::sleep(32 * DAY).await;
    assert_eq!(setup.record().await.expect("read"), None);
    assert_eq!(desk.status(&format!("GET /v1/{KEY}")).await, 200);

    let begun = hand(&desk).begin_removal(&spec(), None).await;
    assert!(matches!(begun, Ok(ManualStart::Started(_))), "{begun:?}");
    tokio::time::sleep(Duration::from_secs(15 * 60)).await;
    assert_eq!(desk.overdue().await, Outcome::Done);
    assert_eq!(desk.deployment().await.state, DeploymentState::Removed);
    assert_eq!(desk.status(&format!("GET /v1/{KEY}")).await, 404);
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_is_not_the_callers_is_closed() {
    let desk = Desk::new().await;
    let record = plan::DeploymentRecord::new(spec().deployment);
    for (client, database) in [
        (desk.world.resource_manager(), "ledger"),
        (desk.world.owner(), "no-such-ledger"),
    ] {
        let hand = ManualRun::new(client.clone(), ledger(client, database), settings());
        let denied = hand.begin_apply(&spec(), true).await;
        assert!(
            denied.as_ref().is_err_and(account::Error::is_closed),
            "{denied:?}"
        );
        let denied = hand.begin_removal(&spec(), Some(&record)).await;
        assert!(
            denied.as_ref().is_err_and(account::Error::is_closed),
            "{denied:?}"
        );
        let denied = hand.give_up(&spec()).await;
        assert!(
            denied.as_ref().is_err_and(account::Error::is_closed),
            "{denied:?}"
        );
    }
}
