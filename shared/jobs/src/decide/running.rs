//! The command is running, or its agent is stopping it because the host is
//! being terminated.

use super::{
    decision::Decision,
    limits::{DRAIN_TIMEOUT, OBSERVE_RUN, OVERRUN_TIMEOUT},
    transitions::remove,
};
use crate::{Effect, Input, Job, JobState, Machine, MachineStatus, ReportSender, TeardownReason};
use events::AgentReport;
use names::Timestamp;

pub(super) fn decide(
    id: &str,
    job: &Job,
    machine: &Machine,
    started: Timestamp,
    input: &Input,
    now: Timestamp,
) -> Decision {
    let lost = |cause: &str| {
        let cause = cause.to_owned();
        remove(job, machine, TeardownReason::Lost { cause }, now)
    };
    match input {
        Input::Overdue => Decision::act(job.clone(), vec![Effect::Observe]),
        Input::Cancelled => remove(job, machine, TeardownReason::Cancelled, now),
        Input::Report { sender, report, .. } => {
            self::report(id, job, machine, Some(started), sender, report, now)
        }
        Input::Noticed { zone, .. } if *zone != machine.zone => {
            Decision::ignore(job, "the notice is about a machine in another zone")
        }
        // No agent is left to drain the job or to report: observe at once.
        Input::Noticed { what, .. } if what == "hostError" || what == "guestTerminate" => {
            Decision::act(job.clone(), vec![Effect::Observe])
        }
        Input::Noticed { what, .. } => match &job.state {
            JobState::Draining { .. } => Decision::duplicate(job),
            // A notice long ahead. The agent gets it too, and reports when
            // the command has stopped.
            JobState::Running { .. } if what == "upcomingMaintenance" => Decision::duplicate(job),
            JobState::Running { .. }
            | JobState::Queued { .. }
            | JobState::Launching { .. }
            | JobState::Deleting { .. }
            | JobState::Done { .. } => drain(job, machine, started, what, now),
        },
        Input::Observed { status, .. } => match (status, &job.state) {
            (MachineStatus::Absent, _) => lost("it is gone"),
            (MachineStatus::Down, _) => lost("it stopped"),
            (MachineStatus::Up, JobState::Draining { until, .. }) if *until <= now => {
                lost("its host was terminated")
            }
            (MachineStatus::Up, _) if now.since(started) >= limit(job) => {
                remove(job, machine, TeardownReason::Overran, now)
            }
            // The command may have ended: its last report may be lost.
            (MachineStatus::Up, _) => Decision::act(job.clone(), vec![Effect::ReadExit]),
        },
        Input::ExitRead {
            record: Some(record),
            ..
        } => {
            let exit_status = record.exit_status.clone();
            remove(job, machine, TeardownReason::Ended { exit_status }, now)
        }
        Input::ExitRead { record: None, .. } => Decision::wait(job, now, OBSERVE_RUN),
        Input::Inserted { .. } | Input::OperationRead { .. } => Decision::duplicate(job),
        Input::Fenced { .. } | Input::Deleted { .. } | Input::Denied { .. } => {
            Decision::ignore(job, "no such request is pending")
        }
    }
}

fn limit(job: &Job) -> names::Duration {
    let max_run = job.spec.as_ref().map(|spec| spec.max_run);
    max_run.unwrap_or_default() + OVERRUN_TIMEOUT
}

fn drain(job: &Job, machine: &Machine, started: Timestamp, what: &str, now: Timestamp) -> Decision {
    let mut job = job.clone();
    job.note(now, format!("draining: {what}"));
    job.state = JobState::Draining {
        machine: machine.clone(),
        started,
        until: now + DRAIN_TIMEOUT,
    };
    job.due = Some(now + DRAIN_TIMEOUT);
    Decision::act(job, Vec::new())
}

/// Decides on a machine's report; `started` if the start was known.
pub(super) fn report(
    id: &str,
    job: &Job,
    machine: &Machine,
    started: Option<Timestamp>,
    sender: &ReportSender,
    report: &AgentReport,
    now: Timestamp,
) -> Decision {
    let is_its_machine = sender.job.as_str() == id
        && sender.attempt == machine.attempt
        && sender.zone == machine.zone;
    if !is_its_machine {
        return Decision::ignore(job, "it was sent by another machine");
    }
    // The spec, not the report, says which account the machine runs as.
    if sender.volume.as_ref() != job.volume() {
        return Decision::ignore(job, "it was sent by a machine of another account");
    }
    match report {
        AgentReport::Started if started.is_some() => Decision::duplicate(job),
        AgentReport::Started => run(job, machine, "started", now),
        AgentReport::Finished { exit_status } => {
            let exit_status = exit_status.clone();
            remove(job, machine, TeardownReason::Ended { exit_status }, now)
        }
        AgentReport::Drained { termination } => {
            let mut machine = machine.clone();
            let cause = match termination {
                Some(termination) if termination.is_host_event() => {
                    machine
                        .host_event
                        .get_or_insert_with(|| termination.to_string());
                    format!("its host was terminated ({termination}); the command was stopped")
                }
                Some(_) | None => "it shut down; the command was stopped".to_owned(),
            };
            remove(job, &machine, TeardownReason::Lost { cause }, now)
        }
    }
}

/// The command is running on `machine`.
pub(super) fn run(job: &Job, machine: &Machine, what: &str, now: Timestamp) -> Decision {
    let mut job = job.clone();
    job.note(now, what);
    job.state = JobState::Running {
        machine: machine.clone(),
        started: now,
    };
    job.due = Some(now + OBSERVE_RUN);
    Decision::act(job, Vec::new())
}
