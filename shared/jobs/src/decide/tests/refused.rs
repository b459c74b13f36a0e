//! Machines that are refused, and those that may not be removed.

use super::*;
use crate::Place;

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

/// A stockout comes seconds after the request was accepted, and a repeated request may
/// be answered by anything: only its operation shows why there is no machine.
#[test]
fn an_absent_machine_is_explained_by_the_operation_of_its_request() {
    let case = Case::queued()
        .after(45)
        .on(Case::observed(1, MachineStatus::Absent))
        .becomes("launching", &[Effect::ReadOperation])
        .on(Input::OperationRead {
            attempt: Attempt::FIRST,
            result: Some(InsertResult::Refused(Case::stockout(&[]))),
        })
        .becomes("deleting", &[Effect::Fence])
        .on(Case::fenced(1, false))
        .on(Case::deleted(1, false, true))
        .becomes("launching", &[INSERT]);
    let machine = case.job.machine().expect("one was asked for");
    assert_eq!(machine.zone.as_str(), "us-central1-b");
    assert_eq!(case.job.counters, Counters::default());
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
fn a_zone_that_does_not_offer_the_gpu_is_not_asked_before_the_others() {
    let mut spec = spec();
    spec.gpu = "nvidia-tesla-t4:1".parse().ok();
    let zone = |name: &str| name.parse::<Zone>().expect("valid");
    spec.zones = vec![zone("us-east1-b"), zone("us-central1-b")];
    let case = Case::queued_with(spec);
    let machine = case.job.machine().expect("one was asked for");
    assert_eq!(machine.zone, zone("us-central1-b"));
}

fn lacks(number: u32, place: Place) -> Input {
    let reason = "400 machineType does not exist".into();
    Case::refused(number, Refusal::Unavailable { place, reason })
}

fn gone(case: Case, number: u32) -> Case {
    case.on(Case::fenced(number, false))
        .on(Case::deleted(number, false, true))
}

#[test]
fn a_job_fails_only_when_every_zone_lacks_what_it_needs() {
    let mut case = Case::queued();
    for number in 1..=2 {
        case = gone(case.on(lacks(number, Place::Zone)), number).becomes("launching", &[INSERT]);
    }
    let machine = case.job.machine().expect("one was asked for");
    assert_eq!(machine.zone, zones()[2], "each zone is asked once");
    let case = gone(case.on(lacks(3, Place::Zone)), 3);
    let Some(JobOutcome::Failed { reason }) = case.job.outcome() else {
        panic!("{:?}", case.job);
    };
    let all = "us-central1-a, us-central1-b, europe-west4-a (400 machineType does not exist)";
    assert!(reason.contains(all), "{reason}");
}

#[test]
fn a_region_without_the_quota_is_not_asked_again_and_others_are() {
    let case = gone(Case::queued().on(lacks(1, Place::Region)), 1).becomes("launching", &[INSERT]);
    let machine = case.job.machine().expect("one was asked for");
    assert_eq!(machine.zone, zones()[2]);
    let case = gone(case.on(lacks(2, Place::Everywhere)), 2);
    assert!(matches!(
        case.job.outcome(),
        Some(JobOutcome::Failed { .. })
    ));
}

#[test]
fn a_zone_that_is_out_of_stock_is_waited_for_when_the_others_lack_the_type() {
    let mut case = gone(Case::queued().on(lacks(1, Place::Zone)), 1);
    case = gone(case.on(Case::refused(2, Case::stockout(&[]))), 2);
    case = gone(case.on(lacks(3, Place::Zone)), 3).becomes("queued", &[]);
    assert_eq!(case.job.due, Some(at(30 * 60)));
    case = case.after(30 * 60).on(Input::Overdue);
    let machine = case.job.machine().expect("one was asked for");
    assert_eq!(machine.zone, zones()[1]);
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

/// The zone that a job asks next, after a machine in its first was refused.
fn next_zone(refusal: Refusal) -> Option<Zone> {
    let case = Case::queued().on(Case::refused(1, refusal));
    let case = gone(case, 1);
    case.job.machine().map(|machine| machine.zone.clone())
}

#[test]
fn a_refusal_rules_out_its_place_and_no_more() {
    let reason = || "no".to_owned();
    let zones = zones();
    assert_eq!(next_zone(Case::stockout(&[])).as_ref(), zones.get(1));
    let transient = Refusal::Transient { reason: reason() };
    assert_eq!(next_zone(transient).as_ref(), zones.get(1));
    let region = Refusal::Region { reason: reason() };
    assert_eq!(next_zone(region).as_ref(), zones.get(2));
    let everywhere = Refusal::AllRegions { reason: reason() };
    assert_eq!(next_zone(everywhere), None);
}

#[test]
fn a_zone_is_asked_again_when_its_time_is_over() {
    let zone = &zones()[0];
    let spec = JobSpec {
        zones: vec![zone.clone()],
        ..spec()
    };
    let refused = |case: Case, number| {
        let case = case.on(Case::refused(number, Case::stockout(&[])));
        gone(case, number).becomes("queued", &[])
    };
    let mut case = refused(Case::queued_with(spec), 1);
    assert_eq!(case.job.due, Some(at(1800)));
    case = case.after(1799).on(Input::Overdue).becomes("queued", &[]);
    assert_eq!(case.job.due, Some(at(1800)));
    case = case.after(1).on(Input::Overdue);
    case = refused(case.becomes("launching", &[INSERT]), 2);
    assert_eq!(case.job.due, Some(at(3600)));
}

/// `job show` names the zones that are not asked.
#[test]
fn a_zone_is_not_named_as_blocked_once_its_time_is_over() {
    let stockout = |number| Case::refused(number, Case::stockout(&[]));
    let case = gone(Case::queued().on(stockout(1)), 1);
    let case = gone(case.after(1800).on(stockout(2)), 2);
    let blocked = case.job.blocked.iter().map(|block| &block.zone);
    assert_eq!(blocked.collect::<Vec<_>>(), [&zones()[1]]);
}

/// Its claim shows that it may run, so it costs money, and its command may go on.
#[test]
fn a_machine_that_claimed_its_attempt_is_not_given_up_because_access_is_denied() {
    let reason = "403".to_owned();
    Case::queued()
        .on(Case::refused(1, Refusal::Denied { reason }))
        .on(Input::Denied {
            attempt: Attempt::FIRST,
            claimed: true,
            reason: "403".into(),
        })
        .becomes("deleting", &[]);
}
