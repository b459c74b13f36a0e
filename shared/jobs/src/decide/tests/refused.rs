//! Machines that are refused, and those that may not be removed.

use super::*;

#[test]
fn a_stockout_moves_to_the_zone_that_google_recommends() {
    let case = Case::queued()
        .on(Case::refused(1, Case::stockout(&["europe-west4-a"])))
        .becomes("deleting", &[Effect::Fence])
        .on(Case::fenced(1, false))
        .on(Case::deleted(1, false, true))
        .becomes("launching", &[INSERT]);
    let machine = case.job.machine().expect("one was asked for");
    assert_eq!(
        (machine.zone.as_str(), machine.attempt.number()),
        ("europe-west4-a", 2)
    );
}

#[test]
fn a_waiting_job_names_what_it_waits_for() {
    let everywhere = Refusal::AllRegions {
        reason: "GPUS_ALL_REGIONS is 0".into(),
    };
    let case = Case::queued()
        .on(Case::refused(1, everywhere))
        .on(Case::fenced(1, false))
        .on(Case::deleted(1, false, true))
        .becomes("queued", &[]);
    let JobState::Queued { waiting_for } = &case.job.state else {
        unreachable!("it is queued");
    };
    assert!(waiting_for.contains("us-central1-a") && waiting_for.contains("GPUS_ALL_REGIONS"));
    assert_eq!(case.job.due, Some(at(300)));
    case.after(300)
        .on(Input::Overdue)
        .becomes("launching", &[INSERT]);
}

#[test]
fn a_permanent_refusal_fails_the_job_with_googles_message() {
    let refusal = Refusal::Permanent {
        reason: "403 Required 'compute.instances.create'".into(),
    };
    Case::queued()
        .on(Case::refused(1, refusal))
        .on(Case::fenced(1, false))
        .on(Case::deleted(1, false, true))
        .ends(&JobOutcome::Failed {
            reason: "403 Required 'compute.instances.create'".into(),
        });
}

#[test]
fn a_denied_machine_is_requested_again_for_a_while_before_the_job_fails_with_googles_message() {
    let words = "403 Required 'compute.instances.create': not invited";
    let denied = |number| {
        let reason = words.to_owned();
        Case::refused(number, Refusal::Denied { reason })
    };
    // Nor may it remove what it may not ask for.
    let not_removed = |number| Input::Denied {
        attempt: Case::attempt(number),
        claimed: false,
        reason: "403".into(),
    };
    let mut case = Case::queued();
    for number in 1..10 {
        case = case
            .on(denied(number))
            .on(Case::fenced(number, false))
            .on(not_removed(number))
            .becomes("queued", &[]);
        let JobState::Queued { waiting_for } = &case.job.state else {
            unreachable!("it is queued");
        };
        let once =
            format!("a machine in any of us-central1-a, us-central1-b, europe-west4-a ({words})");
        assert_eq!(*waiting_for, once);
        case = case
            .after(60)
            .on(Input::Overdue)
            .becomes("launching", &[INSERT]);
    }
    case.on(denied(10))
        .on(Case::fenced(10, false))
        .on(not_removed(10))
        .ends(&JobOutcome::Failed {
            reason: words.into(),
        });
}

#[test]
fn a_denied_delete_keeps_the_job_and_is_noted_once() {
    let denied = || Input::Denied {
        attempt: Attempt::FIRST,
        claimed: true,
        reason: "403".into(),
    };
    let case = Case::running()
        .on(Input::Cancelled)
        .on(Case::fenced(1, true))
        .on(denied())
        .on(denied())
        .becomes("deleting", &[]);
    let said = case.job.history.iter();
    let said = said.filter(|moment| moment.what == "cannot remove the machine: 403");
    assert_eq!(said.count(), 1);
    case.on(Case::deleted(1, true, true))
        .on(Case::exit(1, None))
        .ends(&JobOutcome::Cancelled);
}
