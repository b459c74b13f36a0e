//! The machine is being deleted, and then what follows is decided.
//!
//! The order makes it safe: first the fence, after which no machine can start
//! the attempt; then the machine, until it is gone; only then the exit record,
//! because until then one may still be written.

use super::{
    decision::Decision,
    limits::{DELETE_AGAIN, DENIED_AGAIN, MAX_DENIED, MAX_LOST, MAX_UNSTARTED},
    running,
    transitions::{finish, first_effect, launch, remove},
};
use crate::{
    DeleteResult, Effect, Input, Job, JobOutcome, Machine, Refusal, TeardownReason,
    placement::block,
};
use events::ExitStatus;
use names::Timestamp;

pub(super) fn decide(
    job: &Job,
    machine: &Machine,
    why: &TeardownReason,
    input: &Input,
    now: Timestamp,
) -> Decision {
    match input {
        Input::Overdue => Decision::act(job.clone(), vec![first_effect(why)]),
        Input::Cancelled => match why {
            TeardownReason::Ended { .. } | TeardownReason::Cancelled => Decision::duplicate(job),
            TeardownReason::Lost { .. }
            | TeardownReason::Unstarted
            | TeardownReason::Overran
            | TeardownReason::Refused { .. } => {
                remove(job, machine, TeardownReason::Cancelled, now)
            }
        },
        Input::Fenced { claimed, .. } => match why {
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
        } => Decision::wait(job, now, DELETE_AGAIN),
        Input::Denied {
            claimed, reason, ..
        } => match why {
            // Whoever may not ask for a machine may not remove one either.
            // Nobody starts the attempt any more; should a machine be there
            // after all, Compute Engine removes it at its time limit.
            TeardownReason::Refused {
                refusal: Refusal::Denied { .. } | Refusal::Permanent { .. },
            } if !claimed => after_loss(job, machine, why, now),
            TeardownReason::Ended { .. }
            | TeardownReason::Cancelled
            | TeardownReason::Lost { .. }
            | TeardownReason::Unstarted
            | TeardownReason::Overran
            | TeardownReason::Refused { .. } => denied(job, reason, now),
        },
        Input::Deleted {
            result: DeleteResult::Gone,
            claimed,
            ..
        } => match why {
            TeardownReason::Ended { ending } => after_end(job, ending, now),
            TeardownReason::Cancelled
            | TeardownReason::Lost { .. }
            | TeardownReason::Unstarted
            | TeardownReason::Overran
            | TeardownReason::Refused { .. } => {
                if *claimed {
                    Decision::act(job.clone(), vec![Effect::CloseExit])
                } else {
                    after_loss(job, machine, why, now)
                }
            }
        },
        Input::ExitRead { record, .. } => match record {
            Some(record) if *why == TeardownReason::Cancelled => {
                let ending = record.ending.clone();
                finish(job.clone(), JobOutcome::Ended { ending }, now)
            }
            Some(record) => after_end(job, &record.ending, now),
            None => after_loss(job, machine, why, now),
        },
        // Whatever a report or a look says now, the exit record will tell.
        Input::Report { .. }
        | Input::Noticed { .. }
        | Input::Inserted { .. }
        | Input::Observed { .. } => Decision::duplicate(job),
    }
}

/// The machine stays until access is restored; the history says so once.
fn denied(job: &Job, reason: &str, now: Timestamp) -> Decision {
    let mut job = job.clone();
    let what = format!("cannot remove the machine: {reason}");
    if job.history.last().is_none_or(|moment| moment.what != what) {
        job.note(now, what);
    }
    Decision::wait(&job, now, DENIED_AGAIN)
}

/// The command ended and its machine is gone.
fn after_end(job: &Job, ending: &ExitStatus, now: Timestamp) -> Decision {
    let retries = job.spec.as_ref().map_or(0, |spec| spec.retries);
    let mut job = job.clone();
    if ending.exit_code() == 0 || job.counters.retried >= retries {
        let ending = ending.clone();
        return finish(job, JobOutcome::Ended { ending }, now);
    }
    job.counters.retried += 1;
    job.attempt = job.attempt.next();
    launch(job, now)
}

/// The attempt did not end by itself, its machine is gone, and no other machine
/// can start it.
fn after_loss(job: &Job, machine: &Machine, why: &TeardownReason, now: Timestamp) -> Decision {
    let mut job = job.clone();
    match why {
        TeardownReason::Cancelled => return finish(job, JobOutcome::Cancelled, now),
        TeardownReason::Overran => {
            let ending = ExitStatus::TimedOut;
            return finish(job, JobOutcome::Ended { ending }, now);
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
                | Refusal::Everywhere { .. }
                | Refusal::Passing { .. } => false,
            };
            if over {
                let reason = refusal.reason().to_owned();
                return finish(job, JobOutcome::Failed { reason }, now);
            }
            block(&mut job, &machine.zone, refusal, now);
        }
        TeardownReason::Unstarted => {
            job.counters.unstarted += 1;
            if job.counters.unstarted >= MAX_UNSTARTED {
                let reason = format!("{MAX_UNSTARTED} machines ran and never started the job");
                return finish(job, JobOutcome::Failed { reason }, now);
            }
        }
        TeardownReason::Lost { cause } => {
            job.counters.lost += 1;
            if job.counters.lost >= MAX_LOST {
                let reason = format!("{MAX_LOST} machines were lost, the last: {cause}");
                return finish(job, JobOutcome::Failed { reason }, now);
            }
        }
        // Not reached: an ended attempt is not lost. Judged by its ending.
        TeardownReason::Ended { ending } => return after_end(&job, ending, now),
    }
    job.attempt = job.attempt.next();
    launch(job, now)
}
