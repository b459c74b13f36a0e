//! The next state of a product after a request or an attempt. Pure.

use crate::{Product, Spec};
use names::{EnvironmentName, ProjectId, Timestamp};
use plan::{ATTEMPT_LEASE, AttemptResult, attempt_backoff};
use std::collections::BTreeSet;

/// The answer to a request to make a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RequestDecision {
    /// Write this state, then apply the spec.
    Begin(Box<Product>),
    /// The product is recorded as the spec says: plan, and begin only if something
    /// has to be done.
    Check,
    /// Nothing has to be done: a later request exists.
    Superseded(String),
    /// The request cannot be fulfilled: why, and what to do next. With the state to
    /// write, so that users see the refusal.
    Refused(String, Option<Box<Product>>),
}

/// Decides about a request for `spec`; `differs` says whether a plan has found
/// something to do.
pub(crate) fn decide_request(
    before: Option<&Product>,
    spec: &Spec,
    requested_at: Timestamp,
    differs: bool,
    now: Timestamp,
) -> RequestDecision {
    let last = before.and_then(|before| before.requested_at);
    if let Some(newer) = last.filter(|last| *last > requested_at) {
        return RequestDecision::Superseded(format!(
            "superseded by a request of {newer}, which is later than {requested_at}"
        ));
    }
    let agreed = BTreeSet::new();
    let removed = before.and_then(|before| before.removed_environment(spec, &agreed));
    if let Some((name, id)) = removed {
        let reason = no_consent(&name, &id);
        let next = before.map(|before| Box::new(refused(before, &reason, now)));
        return RequestDecision::Refused(reason, next);
    }
    let is_done = |before: &Product| before.is_ready && is_over(before) && before.spec == *spec;
    if before.is_some_and(is_done) && !differs {
        return RequestDecision::Check;
    }
    let due = Some(now + ATTEMPT_LEASE);
    RequestDecision::Begin(Box::new(begun(before, spec, requested_at, due, now)))
}

/// Why an event cannot remove an environment.
pub(crate) fn no_consent(name: &EnvironmentName, id: &ProjectId) -> String {
    format!(
        "{name} is no longer in the spec with its project {id}, which would be deleted with all \
         that is in it, to which no event can agree; next: put it back, or delete it with `groundcrew \
         product apply --delete-environment {name}`"
    )
}

/// Whether nothing is left to do for the latest request.
fn is_over(product: &Product) -> bool {
    product.due.is_none()
}

/// The product when `spec` begins to be applied.
pub(crate) fn begun(
    before: Option<&Product>,
    spec: &Spec,
    requested_at: Timestamp,
    due: Option<Timestamp>,
    now: Timestamp,
) -> Product {
    let ids = Product::project_ids(before, spec);
    let mut next = before
        .cloned()
        .unwrap_or_else(|| Product::new(spec, ids.clone()));
    // A redelivery is the same request, and continues counting its attempts.
    if next.requested_at != Some(requested_at) || is_over(&next) {
        next.failed_attempts = 0;
    }
    // Former environments stay until their projects are deleted.
    next.projects.environments.extend(ids.environments);
    next.spec = spec.clone();
    (next.is_ready, next.failure) = (false, None);
    (next.requested_at, next.due) = (Some(requested_at), due);
    next.note(now, "to be applied");
    next
}

/// The product after a request that was refused; it stays as it is.
pub(crate) fn refused(before: &Product, reason: &str, now: Timestamp) -> Product {
    let mut next = before.clone();
    next.note(now, format!("refused: {reason}"));
    next
}

/// The state to write before an overdue product is continued; `None` if it is not
/// overdue.
pub(crate) fn claim_due(before: &Product, now: Timestamp) -> Option<Product> {
    before.due.filter(|due| *due <= now)?;
    let mut next = before.clone();
    next.due = Some(now + ATTEMPT_LEASE);
    Some(next)
}

/// The state after a repeated request for what is made already: its time shows that
/// the request was received.
pub(crate) fn received(before: &Product, requested_at: Timestamp) -> Product {
    let mut next = before.clone();
    if before.is_ready && is_over(before) {
        next.requested_at = before.requested_at.max(Some(requested_at));
    }
    next
}

/// The state after an attempt, which a request of the time `requested_at` started.
pub(crate) fn record_result(
    before: &Product,
    result: &AttemptResult,
    requested_at: Timestamp,
    now: Timestamp,
) -> Product {
    let mut next = before.clone();
    if before.requested_at != Some(requested_at) {
        return next;
    }
    match result {
        AttemptResult::Done { .. } => {
            (next.due, next.failure, next.failed_attempts) = (None, None, 0);
        }
        // Another delivery of the same request ended it before.
        AttemptResult::Retry { .. } | AttemptResult::Failed { .. } if is_over(before) => {}
        AttemptResult::Retry { reason } => {
            next.due = Some(now + attempt_backoff(next.failed_attempts));
            next.failed_attempts = next.failed_attempts.saturating_add(1);
            next.note(now, format!("will be retried: {reason}"));
        }
        AttemptResult::Failed { reason } => {
            (next.due, next.failure) = (None, Some(reason.clone()));
            next.note(now, format!("failed: {reason}"));
        }
    }
    next
}

#[cfg(test)]
mod tests;
