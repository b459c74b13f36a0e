//! A machine was requested and has not reported yet.

use super::{
    decision::Decision,
    limits::{BOOT_LIMIT, LOOK_LAUNCHING},
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
        } => {
            let refusal = refusal.clone();
            remove(job, machine, TeardownReason::Refused { refusal }, now)
        }
        // It was made, and it is not there: something took it away.
        Input::Inserted {
            result: InsertResult::Created,
            absent: true,
            ..
        } => lost("the machine disappeared before it started the job"),
        // Looked at early, nothing is to be written down; the effect then
        // stays pending until something else is. Overdue, it is settled.
        Input::Inserted {
            result: InsertResult::Created | InsertResult::Pending,
            ..
        } => match job.due {
            Some(due) if now < due => Decision::duplicate(job),
            Some(_) | None => Decision::wait(job, now, LOOK_LAUNCHING),
        },
        Input::Observed { presence, .. } => match presence {
            MachineStatus::Absent => {
                Decision::act(job.clone(), vec![Effect::Insert { absent: true }])
            }
            MachineStatus::Down => lost("the machine stopped before it started the job"),
            MachineStatus::Up if now.since(machine.asked) >= BOOT_LIMIT => {
                remove(job, machine, TeardownReason::Unstarted, now)
            }
            MachineStatus::Up => Decision::wait(job, now, LOOK_LAUNCHING),
        },
        Input::Fenced { .. }
        | Input::Deleted { .. }
        | Input::Denied { .. }
        | Input::ExitRead { .. } => Decision::ignore(job, "no such request is pending"),
    }
}
