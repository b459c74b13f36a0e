//! A machine was requested and has not reported yet.

use super::{
    decision::Decision,
    limits::{BOOT_LIMIT, OBSERVE_LAUNCH},
    running,
    transitions::remove,
};
use crate::{Effect, Input, InsertResult, Job, Machine, MachineStatus, TeardownReason};
use names::Timestamp;

pub(super) fn decide(
    id: &str,
    job: &Job,
    machine: &Machine,
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
            running::report(id, job, machine, None, sender, report, now)
        }
        Input::Noticed { zone, .. } if *zone != machine.zone => {
            Decision::ignore(job, "the notice is about a machine in another zone")
        }
        Input::Noticed { what, .. } => match what.as_str() {
            // An hour ahead for a GPU: its agent will have started by then.
            "upcomingMaintenance" => Decision::duplicate(job),
            _ => lost(&format!("{what} before the machine started the job")),
        },
        Input::Inserted {
            result: InsertResult::Refused(refusal),
            ..
        }
        | Input::OperationRead {
            result: Some(InsertResult::Refused(refusal)),
            ..
        } => {
            let refusal = refusal.clone();
            remove(job, machine, TeardownReason::Refused { refusal }, now)
        }
        // Before `due` the job stays unchanged, so the effect stays in the outbox
        // and is repeated. An overdue job is committed again, which empties it.
        Input::Inserted {
            result: InsertResult::Created | InsertResult::Pending,
            ..
        } => match job.due {
            Some(due) if now < due => Decision::duplicate(job),
            Some(_) | None => Decision::wait(job, now, OBSERVE_LAUNCH),
        },
        // It was created, but an observation did not find it: something deleted it.
        Input::OperationRead {
            result: Some(InsertResult::Created),
            ..
        } => lost("the machine disappeared before it started the job"),
        Input::OperationRead {
            result: Some(InsertResult::Pending),
            ..
        } => Decision::wait(job, now, OBSERVE_LAUNCH),
        // No request arrived, or Google forgot it.
        Input::OperationRead { result: None, .. } => {
            Decision::act(job.clone(), vec![Effect::Insert])
        }
        Input::Observed { status, .. } => match status {
            MachineStatus::Absent => Decision::act(job.clone(), vec![Effect::ReadOperation]),
            MachineStatus::Down => lost(
                "the machine stopped before it started the job; its serial output, \
                 which is in Cloud Logging, may say why",
            ),
            MachineStatus::Up if now.since(machine.requested_at) >= BOOT_LIMIT => {
                remove(job, machine, TeardownReason::Unstarted, now)
            }
            MachineStatus::Up => Decision::wait(job, now, OBSERVE_LAUNCH),
        },
        Input::Fenced { .. }
        | Input::Deleted { .. }
        | Input::Denied { .. }
        | Input::ExitRead { .. } => Decision::ignore(job, "no such request is pending"),
    }
}
