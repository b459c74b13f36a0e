//! What happens next to a job: pure, total, and exhaustive over (state, input).

mod ending;
mod launching;
mod running;

use crate::{
    Counters, Effect, Input, Job, JobOutcome, JobState, TeardownReason,
    job::Machine,
    placement::{Placement, place},
};
use events::{JobSpec, Outcome};
use names::{Attempt, CryptoKeyName, Duration, Timestamp, Zone};

/// When a launch is looked at: later than most machines take to report.
pub(crate) const LOOK_LAUNCHING: Duration = Duration::from_secs(45);
/// A machine that runs this long without starting the job never will.
pub(crate) const BOOT_LIMIT: Duration = Duration::from_secs(600);
/// How often a running machine is looked at. The agent's reports and the
/// audit log are faster; this catches what both missed.
pub(crate) const LOOK_RUNNING: Duration = Duration::from_secs(300);
/// How long after its limit a command may still run before its machine is
/// taken away: the agent's own limit lies under the machine's, which lies
/// under this one.
pub(crate) const OVERRUN: Duration = Duration::from_secs(600);
/// How long a machine that its host takes away is waited for.
pub(crate) const DRAIN: Duration = Duration::from_secs(180);
/// When an unfinished delete is asked for again.
pub(crate) const DELETE_AGAIN: Duration = Duration::from_secs(15);
/// When a machine that groundcrew may not remove is tried again.
pub(crate) const DENIED_AGAIN: Duration = Duration::from_secs(300);
/// How often a machine is asked for that groundcrew may not have: access that
/// was just given takes minutes to be known everywhere (IAM, "Access change
/// propagation": 2 minutes, at times 7 or more).
pub(crate) const MAX_DENIED: u32 = 10;
/// Machines that ran without starting the job before it is given up.
pub(crate) const MAX_UNSTARTED: u32 = 3;
/// Machines lost to the infrastructure before the job is given up.
pub(crate) const MAX_LOST: u32 = 100;

/// What to do next.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The job as it is to be.
    pub job: Job,
    /// What to do, in order, once that is committed.
    pub effects: Vec<Effect>,
    /// How the delivery that brought the input ends.
    pub outcome: Outcome,
}

/// The signature of [`decide`].
pub type Decide = fn(&str, &Job, &Input, Timestamp) -> Decision;

impl Decision {
    fn act(job: Job, effects: Vec<Effect>) -> Self {
        Self {
            job,
            effects,
            outcome: Outcome::Done,
        }
    }

    fn duplicate(job: &Job) -> Self {
        Self {
            job: job.clone(),
            effects: Vec::new(),
            outcome: Outcome::Duplicate,
        }
    }

    fn ignore(job: &Job, why: &'static str) -> Self {
        Self {
            outcome: Outcome::ignored(why),
            ..Self::duplicate(job)
        }
    }

    /// The same state, looked at again after `pause`.
    fn wait(job: &Job, now: Timestamp, pause: Duration) -> Self {
        let mut job = job.clone();
        job.due = Some(now + pause);
        Self::act(job, Vec::new())
    }
}

/// A job that was just queued: its first machine is requested at once, unless
/// it asks for an SSH key and the deployment has no `key` to decrypt one with.
#[must_use]
pub fn admit(
    spec: JobSpec,
    zones: &[Zone],
    key: Option<&CryptoKeyName>,
    now: Timestamp,
) -> Decision {
    if spec.ssh_key && key.is_none() {
        return reject(
            "ssh_key: GROUNDCREW_KEY is not set for this deployment",
            now,
        );
    }
    let zones = match spec.zones.as_slice() {
        [] => zones.to_vec(),
        chosen => chosen.to_vec(),
    };
    let mut job = Job {
        spec: Some(spec),
        zones,
        ..blank(now)
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
    finish(blank(now), outcome, now)
}

fn blank(now: Timestamp) -> Job {
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

/// What happens to `job` (called `id`) on `input` at `now`.
#[must_use]
pub fn decide(id: &str, job: &Job, input: &Input, now: Timestamp) -> Decision {
    if let Some(attempt) = input.attempt()
        && attempt != job.attempt
    {
        let why = if attempt < job.attempt {
            "an older attempt"
        } else {
            "an attempt that was never launched"
        };
        return Decision::ignore(job, why);
    }
    match &job.state {
        JobState::Queued { .. } => queued(job, input, now),
        JobState::Launching { machine } => launching::decide(id, job, machine, input, now),
        JobState::Running { machine, started }
        | JobState::Draining {
            machine, started, ..
        } => running::decide(id, job, machine, *started, input, now),
        JobState::Deleting {
            machine,
            reason: why,
        } => ending::decide(job, machine, why, input, now),
        JobState::Done { .. } => Decision::ignore(job, "the job is done"),
    }
}

fn queued(job: &Job, input: &Input, now: Timestamp) -> Decision {
    match input {
        Input::Overdue => launch(job.clone(), now),
        Input::Cancelled => finish(job.clone(), JobOutcome::Cancelled, now),
        Input::Report { .. }
        | Input::Noticed { .. }
        | Input::Inserted { .. }
        | Input::Observed { .. }
        | Input::Fenced { .. }
        | Input::Deleted { .. }
        | Input::Denied { .. }
        | Input::ExitRead { .. } => Decision::ignore(job, "the job has no machine"),
    }
}

/// Asks for the machine of the job's attempt where there is room, or waits.
fn launch(mut job: Job, now: Timestamp) -> Decision {
    match place(&job, now) {
        Placement::In(zone) => {
            job.note(
                now,
                format!("attempt {}: asking for a machine in {zone}", job.attempt),
            );
            job.state = JobState::Launching {
                machine: Machine {
                    attempt: job.attempt,
                    zone,
                    asked: now,
                },
            };
            job.due = Some(now + LOOK_LAUNCHING);
            Decision::act(job, vec![Effect::Insert { absent: false }])
        }
        Placement::Wait(until, waiting_for) => {
            job.note(now, format!("waiting for {waiting_for}"));
            job.state = JobState::Queued { waiting_for };
            job.due = Some(until);
            Decision::act(job, Vec::new())
        }
    }
}

/// Removes the machine, because of `why`. Nothing else happens before it is
/// gone, and unless the command is known to have ended, nobody may start it
/// from now on.
fn remove(job: &Job, machine: &Machine, why: TeardownReason, now: Timestamp) -> Decision {
    let mut job = job.clone();
    job.note(
        now,
        format!("removing the machine: {}", ending::explain(&why)),
    );
    let first = ending::first_effect(&why);
    job.state = JobState::Deleting {
        machine: machine.clone(),
        reason: why,
    };
    job.due = Some(now + DELETE_AGAIN);
    Decision::act(job, vec![first])
}

fn finish(mut job: Job, outcome: JobOutcome, now: Timestamp) -> Decision {
    let what = match &outcome {
        JobOutcome::Ended { ending } => format!("done: exit code {}", ending.exit_code()),
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

#[cfg(test)]
mod tests;
