//! Machines that are lost, with and without an event of their hosts.

use super::*;

/// The machine of attempt `number` stops, and is gone; it existed for `seconds`.
fn lose(case: Case, number: u32, seconds: i64) -> Case {
    stop(case.on(Case::started(number)).after(seconds), number)
}

/// The same, with an event of its host.
fn lose_to_host(case: Case, number: u32, seconds: i64) -> Case {
    let case = case.on(Case::started(number)).after(seconds);
    stop(case.on(noticed(number, "hostError")), number)
}

fn stop(case: Case, number: u32) -> Case {
    case.on(Case::observed(number, MachineStatus::Down))
        .on(Case::fenced(number, true))
        .on(Case::deleted(number, true, true))
        .on(Case::exit(number, None))
}

fn noticed(number: u32, what: &str) -> Input {
    Input::Noticed {
        attempt: Case::attempt(number),
        zone: zones()[0].clone(),
        what: what.to_owned(),
    }
}

#[test]
fn a_job_that_loses_its_machines_by_itself_fails_after_three() {
    let mut case = Case::queued();
    for number in 1..=2 {
        case = lose(case, number, 1).becomes("queued", &[]);
        assert!(history_has(&case, "it stopped"));
        case.now = case.job.due.expect("due").as_seconds();
        case = case.on(Input::Overdue).becomes("launching", &[INSERT]);
    }
    let Some(JobOutcome::Failed { reason }) = lose(case, 3, 1).job.outcome().cloned() else {
        panic!("it did not fail");
    };
    for part in ["3 machines stopped", "the last: it stopped", "power"] {
        assert!(reason.contains(part), "{reason}");
    }
}

#[test]
fn a_shutdown_from_inside_is_charged_and_a_preemption_is_not() {
    for (termination, unexplained) in [
        (None, 1),
        (Some(HostTermination::Shutdown), 1),
        (Some(HostTermination::Preempted), 0),
        (Some(HostTermination::Maintenance), 0),
    ] {
        let report = AgentReport::Drained { termination };
        let case = Case::running()
            .after(60)
            .on(Case::report(1, report))
            .on(Case::fenced(1, true))
            .on(Case::deleted(1, true, true))
            .on(Case::exit(1, None))
            .becomes("launching", &[INSERT]);
        let charged = (case.job.counters.lost, case.job.counters.unexplained);
        assert_eq!(charged, (1, unexplained), "{termination:?}");
    }
}

#[test]
fn a_notice_explains_a_loss_at_any_time_before_the_machine_is_gone() {
    let lost = |case: Case| {
        let case = case.on(Case::fenced(1, true));
        let case = case.on(Case::deleted(1, true, true));
        case.on(Case::exit(1, None)).job.counters.unexplained
    };
    for (what, unexplained) in [
        ("hostError", 0),
        ("preempted", 0),
        ("terminateOnHostMaintenance", 0),
        ("upcomingMaintenance", 1),
        ("guestTerminate", 1),
    ] {
        let down = || Case::observed(1, MachineStatus::Down);
        let before = Case::running().on(noticed(1, what)).on(down());
        assert_eq!(lost(before), unexplained, "{what} before");
        let after = Case::running().on(down()).on(noticed(1, what));
        assert_eq!(lost(after), unexplained, "{what} after");
    }
    let elsewhere = Input::Noticed {
        attempt: Case::attempt(1),
        zone: zones()[1].clone(),
        what: "preempted".to_owned(),
    };
    let case = Case::running().on(elsewhere);
    assert_eq!(lost(case.on(Case::observed(1, MachineStatus::Down))), 1);
}

#[test]
fn a_notice_while_the_machine_is_deleted_forgets_no_effect() {
    let deleting = Case::running().on(Case::observed(1, MachineStatus::Down));
    deleting
        .on(noticed(1, "preempted"))
        .becomes("deleting", &[Effect::Fence]);
}

#[test]
fn a_guest_that_shut_down_is_observed_at_once() {
    Case::running()
        .on(noticed(1, "guestTerminate"))
        .becomes("running", &[Effect::Observe]);
}

#[test]
fn losses_that_follow_each_other_are_spaced_out_and_long_runs_do_not_wait() {
    let mut case = Case::queued();
    let mut pauses = Vec::new();
    for number in 1..=8 {
        let requested = case.job.machine().expect("one").requested_at;
        case = lose_to_host(case, number, 1);
        let due = case.job.due.expect("due");
        pauses.push(due.since(requested).as_secs());
        case.now = due.as_seconds();
        case = case.on(Input::Overdue).becomes("launching", &[INSERT]);
    }
    assert_eq!(pauses, [30, 60, 120, 240, 480, 900, 900, 900]);
    lose_to_host(case, 9, 900).becomes("launching", &[INSERT]);
}

#[test]
fn what_lost_machines_cost_is_bounded_by_the_jobs_own_limit() {
    let mut case = Case::queued();
    // Each runs for nearly its hour; the limit allows for ten, with their boots.
    for number in 1..=10 {
        case = lose_to_host(case, number, 3_900).becomes("launching", &[INSERT]);
    }
    let case = lose_to_host(case, 11, 3_900);
    let Some(JobOutcome::Failed { reason }) = case.job.outcome() else {
        panic!("{:?}", case.job);
    };
    assert!(
        reason.contains("11 machines were lost after 11 h"),
        "{reason}"
    );
}

fn history_has(case: &Case, what: &str) -> bool {
    case.job
        .history
        .iter()
        .any(|entry| entry.what.contains(what))
}
