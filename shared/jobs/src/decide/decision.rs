//! The result of deciding.

use crate::{Effect, Input, Job};
use events::Outcome;
use names::{Duration, Timestamp};

/// The result of a decision: a new state, and what to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The job's next state.
    pub job: Job,
    /// What to do, in this order, once the job is committed.
    pub effects: Vec<Effect>,
    /// How the delivery that brought the input ends.
    pub outcome: Outcome,
}

/// The signature of [`super::decide`].
pub type Decide = fn(&str, &Job, &Input, Timestamp) -> Decision;

impl Decision {
    pub(super) fn act(job: Job, effects: Vec<Effect>) -> Self {
        Self {
            job,
            effects,
            outcome: Outcome::Done,
        }
    }

    pub(super) fn duplicate(job: &Job) -> Self {
        Self {
            job: job.clone(),
            effects: Vec::new(),
            outcome: Outcome::Duplicate,
        }
    }

    pub(super) fn ignore(job: &Job, reason: &'static str) -> Self {
        Self {
            outcome: Outcome::ignored(reason),
            ..Self::duplicate(job)
        }
    }

    /// The same state, due again after `pause`.
    pub(super) fn wait(job: &Job, now: Timestamp, pause: Duration) -> Self {
        let mut job = job.clone();
        job.due = Some(now + pause);
        Self::act(job, Vec::new())
    }
}
