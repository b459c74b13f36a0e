//! Steps that several states take: launch, remove, finish.

use super::{
    decision::Decision,
    limits::{DELETE_RETRY, OBSERVE_LAUNCH},
};
use crate::{
    Counters, Effect, Job, JobOutcome, JobState, Machine, TeardownReason,
    placement::{Placement, place},
};
use names::{Attempt, Timestamp};

pub(super) fn new_job(now: Timestamp) -> Job {
    Job {
        spec: None,
        zones: Vec::new(),
        state: JobState::Queued {
            waiting_for: String::new(),
        },
        due: None,
        submitted: now,
        attempt: Attempt::FIRST,
        counters: Counters::default(),
        blocked: Vec::new(),
        history: Vec::new(),
    }
}

/// Requests the machine of the job's attempt in a free zone, or waits.
pub(super) fn launch(mut job: Job, now: Timestamp) -> Decision {
    match place(&job, now) {
        Placement::In(zone) => {
            job.note(
                now,
                format!("attempt {}: requesting a machine in {zone}", job.attempt),
            );
            job.state = JobState::Launching {
                machine: Machine {
                    attempt: job.attempt,
                    zone,
                    requested_at: now,
                    host_event: None,
                },
            };
            job.due = Some(now + OBSERVE_LAUNCH);
            Decision::act(job, vec![Effect::Insert])
        }
        Placement::Wait(until, waiting_for) => {
            job.note(now, format!("waiting for {waiting_for}"));
            job.state = JobState::Queued { waiting_for };
            job.due = Some(until);
            Decision::act(job, Vec::new())
        }
        Placement::Nowhere(reason) => finish(job, JobOutcome::Failed { reason }, now),
    }
}

/// Deletes the machine. Nothing else happens before it is gone; and unless the
/// command is known to have ended, the attempt is fenced first.
pub(super) fn remove(
    job: &Job,
    machine: &Machine,
    reason: TeardownReason,
    now: Timestamp,
) -> Decision {
    let mut job = job.clone();
    job.note(now, format!("removing the machine: {}", describe(&reason)));
    let first = first_effect(&reason);
    job.state = JobState::Deleting {
        machine: machine.clone(),
        reason,
    };
    job.due = Some(now + DELETE_RETRY);
    Decision::act(job, vec![first])
}

/// The first effect of a teardown, which is repeated until the teardown is done.
pub(super) fn first_effect(reason: &TeardownReason) -> Effect {
    match reason {
        // There is an exit record, so a machine has claimed the attempt.
        TeardownReason::Ended { .. } => Effect::Delete { claimed: true },
        TeardownReason::Cancelled
        | TeardownReason::Lost { .. }
        | TeardownReason::Unstarted
        | TeardownReason::Overran
        | TeardownReason::Refused { .. } => Effect::Fence,
    }
}

/// The reason, for the history.
fn describe(reason: &TeardownReason) -> String {
    match reason {
        TeardownReason::Ended { exit_status } => {
            format!("the command ended, exit code {}", exit_status.exit_code())
        }
        TeardownReason::Cancelled => "cancelled".to_owned(),
        TeardownReason::Lost { cause } => cause.clone(),
        TeardownReason::Unstarted => "the machine never started the job".to_owned(),
        TeardownReason::Overran => "time limit exceeded".to_owned(),
        TeardownReason::Refused { refusal } => refusal.reason().to_owned(),
    }
}

pub(super) fn finish(mut job: Job, outcome: JobOutcome, now: Timestamp) -> Decision {
    let what = match &outcome {
        JobOutcome::Ended { exit_status } => format!("done: exit code {}", exit_status.exit_code()),
        JobOutcome::Cancelled => "done: cancelled".to_owned(),
        JobOutcome::Rejected { reason } => format!("rejected: {reason}"),
        JobOutcome::Failed { reason } => format!("failed: {reason}"),
    };
    job.note(now, what);
    job.state = JobState::Done {
        outcome,
        finished: now,
    };
    job.due = None;
    Decision::act(job, Vec::new())
}
