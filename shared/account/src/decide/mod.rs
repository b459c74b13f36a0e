//! What becomes of a deployment when something is asked of it, and when that
//! was tried. Pure.

mod attempt_result;

pub use attempt_result::AttemptResult;

use crate::{
    Spec,
    deployment::{Deployment, DeploymentState, retained},
};
use names::{Duration, Timestamp};

/// How long an attempt has before another may begin: longer than a delivery
/// of the event may take.
const LEASE: Duration = Duration::from_secs(15 * 60);
const FIRST_WAIT: Duration = Duration::from_secs(60);
const LONGEST_WAIT: Duration = Duration::from_secs(3600);
/// How long a removal waits that cannot go on until somebody acts, and how
/// long Google is waited for where it says no time.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// What to do about a wish that a project be set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// Write this, then set it up.
    Begin(Box<Deployment>),
    /// It is set up, as far as is known: only if something is to be done,
    /// write this and set it up.
    Check(Box<Deployment>),
    /// There is nothing to do, for this reason.
    Superseded(String),
    /// It cannot be.
    Refused {
        /// Why, and what to do next.
        why: String,
        /// What to write, so that it is seen where people look.
        next: Box<Deployment>,
    },
}

/// A wish that a project be set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupRequest {
    /// How; or what is wrong with what it says.
    pub spec: Result<Spec, String>,
    /// When it was published.
    pub asked: Timestamp,
}

/// What to do about a wish; `before` is what is known of the project. `stands`
/// says whether something is there of a setup that failed.
#[must_use]
pub fn admit(
    before: Option<&Deployment>,
    stands: bool,
    SetupRequest { spec, asked }: &SetupRequest,
    now: Timestamp,
) -> Admission {
    let asked = *asked;
    if let Some(newer) = before.filter(|before| before.asked > asked) {
        return Admission::Superseded(format!(
            "something else was asked of the project at {}, which is later than {asked}",
            newer.asked
        ));
    }
    let spec = match spec {
        Ok(spec) => spec,
        Err(fault) => {
            let why = format!("{fault}; next: correct it, and publish the event again");
            return refused(before, why, asked, now);
        }
    };
    if let Some(why) = before.and_then(|before| conflict(before, stands, spec)) {
        return refused(before, why, asked, now);
    }
    let mut next = before.cloned().unwrap_or_else(|| new(asked));
    let is_known = next.state == DeploymentState::Ready && next.spec.as_ref() == Some(spec);
    // A redelivery is the same wish, and goes on where that is.
    if next.asked != asked || next.state != DeploymentState::Applying {
        next.tries = 0;
    }
    next.spec = Some(spec.clone());
    next.state = DeploymentState::Applying;
    next.asked = asked;
    next.due = Some(now + LEASE);
    next.note(now, "to be set up");
    let next = Box::new(next);
    match is_known {
        true => Admission::Check(next),
        false => Admission::Begin(next),
    }
}

fn new(asked: Timestamp) -> Deployment {
    Deployment {
        spec: None,
        state: DeploymentState::Applying,
        due: None,
        asked,
        tries: 0,
        history: Vec::new(),
    }
}

/// Why `spec` cannot be set up where something else stands: nothing would
/// look after that any more.
fn conflict(before: &Deployment, stands: bool, spec: &Spec) -> Option<String> {
    let stands = match before.state {
        DeploymentState::Retained { .. } | DeploymentState::Removed => false,
        DeploymentState::Failed { .. } => stands,
        DeploymentState::Applying | DeploymentState::Ready | DeploymentState::Removing { .. } => {
            true
        }
    };
    let old = before.spec.as_ref().filter(|_| stands)?;
    (!is_same(old, spec)).then(|| {
        format!(
            "{} holds the deployment {} with the bucket {}, and {} with {} was asked for; \
             next: take that down with `groundcrew account delete`, or ask for what is there",
            spec.project,
            old.deployment,
            old.bucket(),
            spec.deployment,
            spec.bucket()
        )
    })
}

/// Whether both are of one deployment in one place.
pub(crate) fn is_same(old: &Spec, new: &Spec) -> bool {
    old.deployment == new.deployment && old.bucket() == new.bucket()
}

/// What stands goes on as it was.
fn refused(
    before: Option<&Deployment>,
    why: String,
    asked: Timestamp,
    now: Timestamp,
) -> Admission {
    let mut next = before.cloned().unwrap_or_else(|| new(asked));
    if next.spec.is_none() {
        next.state = DeploymentState::Failed {
            reason: why.clone(),
        };
        next.asked = asked;
    }
    next.note(now, format!("refused: {why}"));
    let next = Box::new(next);
    Admission::Refused { why, next }
}

/// What to write before a deployment that is overdue is looked after; `None`
/// if it is not overdue.
#[must_use]
pub fn claim_overdue(before: &Deployment, now: Timestamp) -> Option<Deployment> {
    before.due.filter(|due| *due <= now)?;
    let mut next = before.clone();
    next.due = Some(now + LEASE);
    Some(next)
}

/// What to write before what `record` knows of is removed, at somebody's wish.
#[must_use]
pub fn remove(
    before: Option<&Deployment>,
    spec: &Spec,
    record: &plan::DeploymentRecord,
    now: Timestamp,
) -> Deployment {
    let mut next = before.cloned().unwrap_or_else(|| new(now));
    next.spec = Some(spec.clone());
    next.state = DeploymentState::Removing {
        record: record.clone(),
    };
    (next.asked, next.tries) = (now, 0);
    next.due = Some(now + LEASE);
    next.note(now, "to be removed");
    next
}

/// What a deployment is once it was `tried` to set it up or to remove it, as
/// its state says, at the wish of the time `asked`.
#[must_use]
pub fn record_attempt(
    before: &Deployment,
    tried: &AttemptResult,
    asked: Timestamp,
    now: Timestamp,
) -> Deployment {
    let mut next = before.clone();
    if before.asked != asked {
        return next;
    }
    match &before.state {
        DeploymentState::Applying => match tried {
            AttemptResult::Done { .. } => ready(&mut next, now),
            AttemptResult::Retry { why } => wait(&mut next, why, now),
            AttemptResult::Failed { why } => {
                next.state = DeploymentState::Failed {
                    reason: why.clone(),
                };
                next.due = None;
                next.note(now, format!("failed: {why}"));
            }
        },
        // Another delivery of the same wish has ended. What was seen to be
        // done is done; what this one could not do, that one may have.
        DeploymentState::Failed { .. } => match tried {
            AttemptResult::Done { .. } => ready(&mut next, now),
            AttemptResult::Retry { .. } | AttemptResult::Failed { .. } => {}
        },
        DeploymentState::Ready | DeploymentState::Removed => {}
        DeploymentState::Removing { .. } | DeploymentState::Retained { .. } => match tried {
            AttemptResult::Done { record } => leave(&mut next, record, now),
            AttemptResult::Retry { why } => wait(&mut next, why, now),
            // Never given up: what is left costs its owner.
            AttemptResult::Failed { why } => {
                wait(&mut next, why, now);
                next.due = Some(now + DAY);
            }
        },
    }
    next
}

/// What a deployment is whose project somebody has set up by other means
/// since it was removed.
#[must_use]
pub(crate) fn set_up_again(before: &Deployment, now: Timestamp) -> Deployment {
    let mut next = before.clone();
    next.state = DeploymentState::Ready;
    (next.due, next.tries) = (None, 0);
    next.note(now, "somebody has set it up again");
    next
}

/// What a deployment is of which what it is was asked once more: whoever asked
/// can see that it was heard.
#[must_use]
pub(crate) fn acknowledged(before: &Deployment, asked: Timestamp) -> Deployment {
    let mut next = before.clone();
    if next.state == DeploymentState::Ready {
        next.asked = next.asked.max(asked);
    }
    next
}

fn ready(next: &mut Deployment, now: Timestamp) {
    next.state = DeploymentState::Ready;
    (next.due, next.tries) = (None, 0);
    next.note(now, "set up");
}

fn wait(next: &mut Deployment, why: &str, now: Timestamp) {
    next.due = Some(now + backoff(next.tries));
    next.tries = next.tries.saturating_add(1);
    next.note(now, format!("to be tried again: {why}"));
}

/// How long to wait after so many tries before.
pub(crate) fn backoff(tries: u32) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(1 << tries.min(16));
    doubled.min(LONGEST_WAIT)
}

/// Everything is removed but what of `record` is retained.
fn leave(next: &mut Deployment, record: &plan::DeploymentRecord, now: Timestamp) {
    next.tries = 0;
    let kept = retained(record);
    if kept.is_empty() {
        (next.state, next.due) = (DeploymentState::Removed, None);
        next.note(now, "removed");
        return;
    }
    // Google may be late; then it is asked once an hour.
    let known = kept.iter().filter_map(|(_, until)| *until).max();
    let due = known.map_or(now + DAY, |until| until.max(now + LONGEST_WAIT));
    next.note(now, format!("removed but for what is retained until {due}"));
    next.due = Some(due);
    next.state = DeploymentState::Retained {
        record: record.clone(),
    };
}

#[cfg(test)]
mod tests;
