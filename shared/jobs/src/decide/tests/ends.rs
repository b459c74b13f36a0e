//! How a job ends whose command ended while its machine was given up.

use super::*;

fn retried_once() -> Case {
    let spec = JobSpec {
        retries: 1,
        ..spec()
    };
    Case::queued_with(spec).on(Case::started(1))
}

fn gone(case: Case) -> Case {
    case.on(Case::fenced(1, true))
        .on(Case::deleted(1, true, true))
}

#[test]
fn a_cancelled_command_that_failed_first_is_not_retried() {
    gone(retried_once().on(Input::Cancelled))
        .on(Case::exit(1, Some(7)))
        .ends(&exited(7));
}

#[test]
fn a_command_that_failed_on_a_lost_machine_is_retried_as_any_other() {
    let lost = retried_once().on(Case::observed(1, MachineStatus::Down));
    let case = gone(lost).on(Case::exit(1, Some(7)));
    let case = case.becomes("launching", &[INSERT]);
    assert_eq!(case.job.counters.retried, 1);
    assert_eq!(case.job.counters.lost, 0);
}

#[test]
fn the_first_reason_to_give_up_a_machine_counts_unless_a_user_cancels() {
    let lost = || Case::running().on(Case::observed(1, MachineStatus::Down));
    gone(lost().on(Input::Cancelled))
        .on(Case::exit(1, None))
        .ends(&JobOutcome::Cancelled);
    let ended = Case::running().on(Case::finished(1, 0));
    let ended = ended.on(Input::Cancelled).becomes("deleting", &[]);
    ended.on(Case::deleted(1, true, true)).ends(&exited(0));
}
