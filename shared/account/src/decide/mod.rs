//! The next state of a deployment after a request or an attempt. Pure.

mod lacking;

pub(crate) use lacking::lacking;

use crate::{
    Spec,
    deployment::{Deployment, DeploymentState, retained},
};
use names::{Duration, Timestamp};
use plan::{
    ATTEMPT_LEASE as LEASE, AttemptResult, MAX_ATTEMPT_BACKOFF as MAX_BACKOFF,
    attempt_backoff as backoff,
};

/// How long to wait before a removal is retried that needs someone to act first,
/// and before retained resources are checked whose time is unknown.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The answer to a request to set up a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// Write this state, then set up the project.
    Begin(Box<Deployment>),
    /// The project is recorded as set up: plan, and only if something has to be
    /// done, write this state and set up the project.
    Check(Box<Deployment>),
    /// Nothing has to be done: a later request exists.
    Superseded(String),
    /// The request cannot be fulfilled.
    Refused {
        /// Why, and what to do next.
        reason: String,
        /// The state to write, so that users see the refusal.
        next: Box<Deployment>,
    },
}

/// A request to set up a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupRequest {
    /// The spec, or why it is invalid.
    pub spec: Result<Spec, String>,
    /// When the request was published.
    pub requested_at: Timestamp,
}

/// Decides about a request; `before` is the project's recorded state. `remains`
/// says whether resources of a failed setup exist.
#[must_use]
pub fn admit(
    before: Option<&Deployment>,
    remains: bool,
    SetupRequest { spec, requested_at }: &SetupRequest,
    now: Timestamp,
) -> Admission {
    let requested_at = *requested_at;
    if let Some(newer) = before.filter(|before| before.requested_at > requested_at) {
        return Admission::Superseded(format!(
            "superseded by a request of {}, which is later than {requested_at}",
            newer.requested_at
        ));
    }
    let spec = match spec {
        Ok(spec) => spec,
        Err(fault) => {
            let reason = format!("{fault}; next: correct it, and publish the event again");
            return refused(before, reason, requested_at, now);
        }
    };
    if let Some(reason) = before.and_then(|before| conflict(before, remains, spec)) {
        return refused(before, reason, requested_at, now);
    }
    let mut next = before.cloned().unwrap_or_else(|| new(requested_at));
    let is_set_up = next.state == DeploymentState::Ready && next.spec.as_ref() == Some(spec);
    // A redelivery is the same request, and continues counting its attempts.
    if next.requested_at != requested_at || next.state != DeploymentState::Applying {
        next.failed_attempts = 0;
    }
    next.spec = Some(spec.clone());
    next.state = DeploymentState::Applying;
    next.requested_at = requested_at;
    next.due = Some(now + LEASE);
    next.note(now, "to be set up");
    let next = Box::new(next);
    match is_set_up {
        true => Admission::Check(next),
        false => Admission::Begin(next),
    }
}

fn new(requested_at: Timestamp) -> Deployment {
    Deployment {
        spec: None,
        state: DeploymentState::Applying,
        due: None,
        requested_at,
        failed_attempts: 0,
        history: Vec::new(),
    }
}

/// Why `spec` conflicts with the existing deployment, which would be orphaned.
fn conflict(before: &Deployment, remains: bool, spec: &Spec) -> Option<String> {
    let exists = match before.state {
        DeploymentState::Retained { .. } | DeploymentState::Removed => false,
        DeploymentState::Failed { .. } => remains,
        DeploymentState::Applying | DeploymentState::Ready | DeploymentState::Removing { .. } => {
            true
        }
    };
    exists.then(|| other_deployment(before, spec))?
}

/// How the fields of `spec` that identify a deployment differ from those that are
/// recorded; `None` if they do not.
pub(crate) fn other_deployment(before: &Deployment, spec: &Spec) -> Option<String> {
    let old = before.spec.as_ref()?;
    let identity = |spec: &Spec| {
        [
            ("deployment", spec.deployment.to_string()),
            ("bucket", spec.bucket().to_string()),
            ("kms_location", spec.kms_location().to_string()),
        ]
    };
    let fields = identity(spec).into_iter().zip(identity(old));
    let differing = fields.filter(|(new, old)| new != old);
    let differing: Vec<String> = differing
        .map(|((field, new), (_, old))| format!("`{field}:` is {new}, but {old} is recorded"))
        .collect();
    (!differing.is_empty()).then(|| {
        format!(
            "{} holds the deployment {}: {}; next: correct the spec, or delete that deployment \
             first with `groundcrew account delete`",
            spec.project,
            old.deployment,
            differing.join(", "),
        )
    })
}

/// Refuses a request; an existing deployment stays as it is.
fn refused(
    before: Option<&Deployment>,
    reason: String,
    requested_at: Timestamp,
    now: Timestamp,
) -> Admission {
    let mut next = before.cloned().unwrap_or_else(|| new(requested_at));
    if next.spec.is_none() {
        next.state = DeploymentState::Failed {
            reason: reason.clone(),
        };
        next.requested_at = requested_at;
    }
    next.note(now, format!("refused: {reason}"));
    let next = Box::new(next);
    Admission::Refused { reason, next }
}

/// The state to write before an overdue deployment is handled; `None` if it is
/// not overdue.
#[must_use]
pub fn claim_overdue(before: &Deployment, now: Timestamp) -> Option<Deployment> {
    before.due.filter(|due| *due <= now)?;
    let mut next = before.clone();
    next.due = Some(now + LEASE);
    Some(next)
}

/// The state to write before the resources in `record` are removed.
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
    (next.requested_at, next.failed_attempts) = (now, 0);
    next.due = Some(now + LEASE);
    next.note(now, "to be removed");
    next
}

/// The state after an attempt to set up or remove the deployment, which a request
/// of the time `requested_at` started.
#[must_use]
pub fn record_attempt(
    before: &Deployment,
    result: &AttemptResult,
    requested_at: Timestamp,
    now: Timestamp,
) -> Deployment {
    let mut next = before.clone();
    if before.requested_at != requested_at {
        return next;
    }
    match &before.state {
        DeploymentState::Applying => match result {
            AttemptResult::Done { .. } => ready(&mut next, now),
            AttemptResult::Retry { reason } => wait(&mut next, reason, now),
            AttemptResult::Failed { reason } => {
                next.state = DeploymentState::Failed {
                    reason: reason.clone(),
                };
                next.due = None;
                next.note(now, format!("failed: {reason}"));
            }
        },
        // Another delivery of the same request has failed before. A success counts
        // nevertheless; another failure changes nothing.
        DeploymentState::Failed { .. } => match result {
            AttemptResult::Done { .. } => ready(&mut next, now),
            AttemptResult::Retry { .. } | AttemptResult::Failed { .. } => {}
        },
        DeploymentState::Ready | DeploymentState::Removed => {}
        DeploymentState::Removing { .. } | DeploymentState::Retained { .. } => match result {
            AttemptResult::Done { record } => removed(&mut next, record, now),
            AttemptResult::Retry { reason } => wait(&mut next, reason, now),
            // Removals are never given up: what is left costs its owner money.
            AttemptResult::Failed { reason } => {
                wait(&mut next, reason, now);
                next.due = Some(now + DAY);
            }
        },
    }
    next
}

/// The state of a removed deployment whose project was set up again by other
/// means.
#[must_use]
pub(crate) fn set_up_again(before: &Deployment, now: Timestamp) -> Deployment {
    let mut next = before.clone();
    next.state = DeploymentState::Ready;
    (next.due, next.failed_attempts) = (None, 0);
    next.note(now, "set up again by other means");
    next
}

/// The state after a repeated request for what is already set up: its time shows
/// that the request was received.
#[must_use]
pub(crate) fn acknowledged(before: &Deployment, requested_at: Timestamp) -> Deployment {
    let mut next = before.clone();
    if next.state == DeploymentState::Ready {
        next.requested_at = next.requested_at.max(requested_at);
    }
    next
}

fn ready(next: &mut Deployment, now: Timestamp) {
    next.state = DeploymentState::Ready;
    (next.due, next.failed_attempts) = (None, 0);
    next.note(now, "set up");
}

fn wait(next: &mut Deployment, reason: &str, now: Timestamp) {
    next.due = Some(now + backoff(next.failed_attempts));
    next.failed_attempts = next.failed_attempts.saturating_add(1);
    next.note(now, format!("will be retried: {reason}"));
}

/// Everything is removed, except for what `record` says is retained.
fn removed(next: &mut Deployment, record: &plan::DeploymentRecord, now: Timestamp) {
    next.failed_attempts = 0;
    let retained = retained(record);
    if retained.is_empty() {
        (next.state, next.due) = (DeploymentState::Removed, None);
        next.note(now, "removed");
        return;
    }
    // Google may be late; then it is checked once an hour.
    let known = retained.iter().filter_map(|(_, until)| *until).max();
    let due = known.map_or(now + DAY, |until| until.max(now + MAX_BACKOFF));
    next.note(
        now,
        format!("removed, except for what is retained until {due}"),
    );
    next.due = Some(due);
    next.state = DeploymentState::Retained {
        record: record.clone(),
    };
}

#[cfg(test)]
mod tests;
