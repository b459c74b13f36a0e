//! A machine was requested and has not reported yet.

use super::{
    decision::Decision,
    limits::{BOOT_LIMIT, OBSERVE_LAUNCH},
    running,
    transitions::remove,
};
use crate::{Effect, Input, InsertResult, Job, JobState, Machine, MachineStatus, TeardownReason};
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
        // It was created, but an observation did not find it: something deleted it.
        Input::Inserted {
            result: InsertResult::Created,
            observed_absent: true,
            ..
        } => lost("the machine disappeared before it started the job"),
        // Before `due` the job stays unchanged, so the effect stays in the outbox
        // and is repeated. An overdue job is committed again, which empties it.
        Input::Inserted {
            result: result @ (InsertResult::Created | InsertResult::Pending { .. }),
            ..
        } => match job.due {
            Some(due) if now < due => Decision::duplicate(job),
            Some(_) | None => {
                let operation = match result {
                    InsertResult::Pending { operation } => operation.clone(),
                    InsertResult::Created | InsertResult::Refused(_) => None,
                };
                let mut job = job.clone();
                job.state = JobState::Launching {
                    machine: Machine {
                        operation,
                        ..machine.clone()
                    },
                };
                Decision::wait(&job, now, OBSERVE_LAUNCH)
            }
        },
        Input::Observed { status, .. } => match status {
            // Only its operation knows why, if it failed; a repeated request may begin
            // another.
            MachineStatus::Absent if machine.operation.is_some() => {
                Decision::act(job.clone(), vec![Effect::ReadOperation])
            }
            MachineStatus::Absent => Decision::act(
                job.clone(),
                vec![Effect::Insert {
                    observed_absent: true,
                }],
            ),
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
