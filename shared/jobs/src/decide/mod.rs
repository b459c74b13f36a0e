//! What happens next to a job: pure, total, and exhaustive over (state, input).

mod decision;
mod deleting;
mod launching;
pub(crate) mod limits;
mod loss;
mod running;
mod transitions;

pub use decision::{Decide, Decision};

use crate::{Input, Job, JobOutcome, JobState};
use events::JobSpec;
use names::{Timestamp, Zone};
use std::cmp::Ordering;
use transitions::{finish, launch, new_job};

/// A job that was just queued: its first machine is requested at once.
#[must_use]
pub fn admit(spec: JobSpec, zones: &[Zone], now: Timestamp) -> Decision {
    let mut zones = match spec.zones.as_slice() {
        [] => zones.to_vec(),
        chosen => chosen.to_vec(),
    };
    // Asked only when no other zone is left: the data may be outdated.
    zones.sort_by_key(|zone| spec.is_offered_in(zone) == Some(false));
    let mut job = Job {
        spec: Some(spec),
        zones,
        ..new_job(now)
    };
    job.note(now, "queued");
    launch(job, now)
}

/// A job that cannot be run: recorded, so that its submitter sees the reason.
#[must_use]
pub fn reject(reason: &str, now: Timestamp) -> Decision {
    let outcome = JobOutcome::Rejected {
        reason: reason.to_owned(),
    };
    finish(new_job(now), outcome, now)
}

/// A job that was cancelled before its event arrived: recorded, so that it does not
/// run when the event comes.
#[must_use]
pub fn cancel_ahead(now: Timestamp) -> Decision {
    finish(new_job(now), JobOutcome::Cancelled, now)
}

/// What happens to `job` (called `id`) on `input` at `now`.
#[must_use]
pub fn decide(id: &str, job: &Job, input: &Input, now: Timestamp) -> Decision {
    match input.attempt().map(|attempt| attempt.cmp(&job.attempt)) {
        Some(Ordering::Less) => return Decision::ignore(job, "an older attempt"),
        Some(Ordering::Greater) => {
            return Decision::ignore(job, "an attempt that was never launched");
        }
        Some(Ordering::Equal) | None => {}
    }
    let explained = explained(job, input);
    let job = explained.as_ref().unwrap_or(job);
    match &job.state {
        JobState::Queued { .. } => queued(job, input, now),
        JobState::Launching { machine } => launching::decide(id, job, machine, input, now),
        JobState::Running { machine, started }
        | JobState::Draining {
            machine, started, ..
        } => running::decide(id, job, machine, *started, input, now),
        JobState::Deleting { machine, reason } => {
            deleting::decide(job, machine, reason, input, now)
        }
        JobState::Done { .. } => Decision::ignore(job, "the job is done"),
    }
}

/// The events of a host that take its machine away (source: Compute Engine's
/// documentation of audit logs). `upcomingMaintenance` only announces one, and
/// `guestTerminate` is what the guest did.
const HOST_EVENTS: [&str; 3] = ["hostError", "preempted", "terminateOnHostMaintenance"];

/// The job with the event of its machine's host that `input` is about, if that
/// is news.
fn explained(job: &Job, input: &Input) -> Option<Job> {
    let Input::Noticed { zone, what, .. } = input else {
        return None;
    };
    let mut job = job.clone();
    let machine = match &mut job.state {
        JobState::Launching { machine }
        | JobState::Running { machine, .. }
        | JobState::Draining { machine, .. }
        | JobState::Deleting { machine, .. } => machine,
        JobState::Queued { .. } | JobState::Done { .. } => return None,
    };
    let news = HOST_EVENTS.contains(&what.as_str())
        && machine.zone == *zone
        && machine.host_event.is_none();
    machine.host_event = Some(what.clone());
    news.then_some(job)
}

fn queued(job: &Job, input: &Input, now: Timestamp) -> Decision {
    match input {
        Input::Overdue => launch(job.clone(), now),
        Input::Cancelled => finish(job.clone(), JobOutcome::Cancelled, now),
        Input::Report { .. }
        | Input::Noticed { .. }
        | Input::Inserted { .. }
        | Input::OperationRead { .. }
        | Input::Observed { .. }
        | Input::Fenced { .. }
        | Input::Deleted { .. }
        | Input::Denied { .. }
        | Input::ExitRead { .. } => Decision::ignore(job, "the job has no machine"),
    }
}

#[cfg(test)]
mod tests;
