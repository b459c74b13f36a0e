//! Until when a machine is waited for, and when it is given up.

use super::*;

fn noticed(zone: usize, what: &str) -> Input {
    Input::Noticed {
        attempt: Attempt::FIRST,
        zone: zones()[zone].clone(),
        what: what.to_owned(),
    }
}

fn due(case: &Case) -> i64 {
    case.job.due.expect("due").as_seconds()
}

#[test]
fn a_machine_that_boots_is_given_ten_minutes() {
    let up = || Case::observed(1, MachineStatus::Up);
    let boots = Case::queued().after(599).on(up()).becomes("launching", &[]);
    assert_eq!(due(&boots), 599 + 45);
    boots
        .after(1)
        .on(up())
        .becomes("deleting", &[Effect::Fence]);
}

#[test]
fn an_insert_that_takes_long_is_waited_for_again() {
    let pending = || Input::Inserted {
        attempt: Attempt::FIRST,
        result: InsertResult::Pending,
    };
    let early = Case::queued().after(44).on(pending());
    assert_eq!((due(&early), early.outcome), (45, Outcome::Duplicate));
    let late = Case::queued().after(45).on(pending());
    assert_eq!((due(&late), late.outcome), (90, Outcome::Done));
}

#[test]
fn a_notice_before_the_start_gives_up_the_machine_that_it_is_about() {
    Case::queued()
        .on(noticed(1, "preempted"))
        .becomes("launching", &[]);
    // An hour ahead: the command will have begun by then.
    Case::queued()
        .on(noticed(0, "upcomingMaintenance"))
        .becomes("launching", &[]);
    Case::queued()
        .on(noticed(0, "preempted"))
        .becomes("deleting", &[Effect::Fence]);
}

#[test]
fn only_a_notice_that_is_due_drains_a_running_machine() {
    Case::running()
        .on(noticed(1, "preempted"))
        .becomes("running", &[]);
    Case::running()
        .on(noticed(0, "upcomingMaintenance"))
        .becomes("running", &[]);
    let drains = Case::running().on(noticed(0, "terminateOnHostMaintenance"));
    assert_eq!(due(&drains), 180);
    // Another notice gives it no more time.
    let again = drains
        .becomes("draining", &[])
        .after(100)
        .on(noticed(0, "preempted"))
        .becomes("draining", &[]);
    assert_eq!(due(&again), 180);
}

#[test]
fn a_machine_that_drains_may_report_for_three_minutes() {
    let drains = || Case::running().on(noticed(0, "preempted"));
    let up = || Case::observed(1, MachineStatus::Up);
    drains()
        .after(179)
        .on(up())
        .becomes("draining", &[Effect::ReadExit]);
    drains()
        .after(180)
        .on(up())
        .becomes("deleting", &[Effect::Fence]);
}

#[test]
fn a_command_is_not_ended_before_its_limit_and_its_agents_grace() {
    let up = || Case::observed(1, MachineStatus::Up);
    let running = Case::running();
    assert_eq!(due(&running), 300);
    running
        .after(3600 + 599)
        .on(up())
        .becomes("running", &[Effect::ReadExit]);
    // A start that is reported again does not begin the command anew.
    Case::running()
        .after(4000)
        .on(Case::started(1))
        .after(200)
        .on(up())
        .becomes("deleting", &[Effect::Fence]);
}

#[test]
fn a_delete_is_asked_for_again_after_a_pause() {
    let deleting = Case::running().after(7).on(Input::Cancelled);
    assert_eq!(due(&deleting), 7 + 15);
    let pending = deleting
        .after(5)
        .on(Case::fenced(1, true))
        .on(Case::deleted(1, true, false));
    assert_eq!(due(&pending), 12 + 15);
}

#[test]
fn a_notice_that_is_no_news_repeats_no_deletion() {
    let deleting = Case::running().on(Case::observed(1, MachineStatus::Down));
    for notice in [noticed(0, "guestTerminate"), noticed(1, "preempted")] {
        let case = Case {
            job: deleting.job.clone(),
            effects: Vec::new(),
            ..Case::running()
        };
        case.on(notice).becomes("deleting", &[]);
    }
}
