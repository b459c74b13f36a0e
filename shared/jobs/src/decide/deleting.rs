//! The machine is being deleted, and then what follows is decided.
//!
//! The order makes it safe: first the fence, after which no machine can start
//! the attempt; then the machine, until it is gone; only then the exit record,
//! because until then one may still be written.

use super::{
    decision::Decision,
    limits::{DELETE_RETRY, DENIED_RETRY, MAX_DENIED, MAX_UNSTARTED},
    loss, running,
    transitions::{finish, first_effect, launch, remove},
};
use crate::{
    DeleteResult, Effect, Input, Job, JobOutcome, Machine, Refusal, TeardownReason,
    placement::block_zones,
};
use events::ExitStatus;
use names::Timestamp;

pub(super) fn decide(
    job: &Job,
    machine: &Machine,
    reason: &TeardownReason,
    input: &Input,
    now: Timestamp,
) -> Decision {
    match input {
        Input::Overdue => Decision::act(job.clone(), vec![first_effect(reason)]),
        Input::Cancelled => match reason {
            TeardownReason::Ended { .. } | TeardownReason::Cancelled => Decision::duplicate(job),
            TeardownReason::Lost { .. }
            | TeardownReason::Unstarted
            | TeardownReason::Overran
            | TeardownReason::Refused { .. } => {
                remove(job, machine, TeardownReason::Cancelled, now)
            }
        },
        Input::Fenced { claimed, .. } => match reason {
            // It did start; its report was late. A working machine is kept.
            TeardownReason::Unstarted | TeardownReason::Refused { .. } if *claimed => {
                running::run(job, machine, "started, as its claim shows", now)
            }
            TeardownReason::Ended { .. }
            | TeardownReason::Cancelled
            | TeardownReason::Lost { .. }
            | TeardownReason::Unstarted
            | TeardownReason::Overran
            | TeardownReason::Refused { .. } => {
                Decision::act(job.clone(), vec![Effect::Delete { claimed: *claimed }])
            }
        },
        Input::Deleted {
            result: DeleteResult::Pending,
            ..
        } => Decision::wait(job, now, DELETE_RETRY),
        Input::Denied {
            claimed,
            reason: message,
            ..
        } => match reason {
            // Whoever may not ask for a machine may not remove one either.
            // Nobody starts the attempt any more; should a machine be there
            // after all, Compute Engine removes it at its time limit.
            TeardownReason::Refused {
                refusal: Refusal::Denied { .. } | Refusal::Permanent { .. },
            } if !claimed => after_loss(job, machine, reason, now),
            TeardownReason::Ended { .. }
            | TeardownReason::Cancelled
            | TeardownReason::Lost { .. }
            | TeardownReason::Unstarted
            | TeardownReason::Overran
            | TeardownReason::Refused { .. } => denied(job, message, now),
        },
        Input::Deleted {
            result: DeleteResult::Gone,
            claimed,
            ..
        } => match reason {
            TeardownReason::Ended { exit_status } => after_end(job, exit_status, now),
            TeardownReason::Cancelled
            | TeardownReason::Lost { .. }
            | TeardownReason::Unstarted
            | TeardownReason::Overran
            | TeardownReason::Refused { .. } => {
                if *claimed {
                    Decision::act(job.clone(), vec![Effect::CloseExit])
                } else {
                    after_loss(job, machine, reason, now)
                }
            }
        },
        Input::ExitRead { record, .. } => match record {
            Some(record) if *reason == TeardownReason::Cancelled => {
                let exit_status = record.exit_status.clone();
                finish(job.clone(), JobOutcome::Ended { exit_status }, now)
            }
            Some(record) => after_end(job, &record.exit_status, now),
            None => after_loss(job, machine, reason, now),
        },
        // The deletion is repeated, for a commit without effects would forget it.
        Input::Noticed { .. } if machine.host_event.is_some() => {
            Decision::act(job.clone(), vec![first_effect(reason)])
        }
        // Whatever a report or an observation says now, the exit record decides.
        Input::Report { .. }
        | Input::Noticed { .. }
        | Input::Inserted { .. }
        | Input::OperationRead { .. }
        | Input::Observed { .. } => Decision::duplicate(job),
    }
}

/// The machine stays until access is restored; the history says so once.
fn denied(job: &Job, message: &str, now: Timestamp) -> Decision {
    let mut job = job.clone();
    let what = format!("cannot remove the machine: {message}");
    if job.history.last().is_none_or(|entry| entry.what != what) {
        job.note(now, what);
    }
    Decision::wait(&job, now, DENIED_RETRY)
}

/// The command ended and its machine is gone.
fn after_end(job: &Job, exit_status: &ExitStatus, now: Timestamp) -> Decision {
    let retries = job.spec.as_ref().map_or(0, |spec| spec.retries);
    let mut job = job.clone();
    // What cannot be started on one machine cannot be on another.
    let is_final =
        exit_status.exit_code() == 0 || matches!(exit_status, ExitStatus::NotStarted { .. });
    if is_final || job.counters.retried >= retries {
        let exit_status = exit_status.clone();
        return finish(job, JobOutcome::Ended { exit_status }, now);
    }
    job.counters.retried += 1;
    job.attempt = job.attempt.next();
    launch(job, now)
}

/// The attempt did not end by itself, its machine is gone, and no other machine
/// can start it.
fn after_loss(job: &Job, machine: &Machine, reason: &TeardownReason, now: Timestamp) -> Decision {
    let mut job = job.clone();
    match reason {
        TeardownReason::Cancelled => return finish(job, JobOutcome::Cancelled, now),
        TeardownReason::Overran => {
            let exit_status = ExitStatus::TimedOut;
            return finish(job, JobOutcome::Ended { exit_status }, now);
        }
        TeardownReason::Refused { refusal } => {
            let over = match refusal {
                Refusal::Permanent { .. } => true,
                Refusal::Denied { .. } => {
                    job.counters.denied += 1;
                    job.counters.denied >= MAX_DENIED
                }
                Refusal::Stockout { .. }
                | Refusal::Region { .. }
                | Refusal::AllRegions { .. }
                | Refusal::Unavailable { .. }
                | Refusal::Transient { .. } => false,
            };
            if over {
                let reason = refusal.reason().to_owned();
                return finish(job, JobOutcome::Failed { reason }, now);
            }
            block_zones(&mut job, &machine.zone, refusal, now);
        }
        TeardownReason::Unstarted => {
            job.counters.unstarted += 1;
            if job.counters.unstarted >= MAX_UNSTARTED {
                let reason = format!("{MAX_UNSTARTED} machines ran and never started the job");
                return finish(job, JobOutcome::Failed { reason }, now);
            }
        }
        TeardownReason::Lost { cause } => return loss::decide(job, machine, cause, now),
        // Not reached: an ended attempt is not lost. Its exit status decides.
        TeardownReason::Ended { exit_status } => return after_end(&job, exit_status, now),
    }
    job.attempt = job.attempt.next();
    launch(job, now)
}
