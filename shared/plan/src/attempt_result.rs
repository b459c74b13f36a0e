//! What the report of an apply means for whoever runs it again. Pure.

use crate::{ApplyReport, DeploymentRecord, Error, StepOutcome};
use gcp::{Class, Classify, chain};
use names::Duration;

/// How long an attempt may take before another one begins: longer than the
/// event's delivery may take, which is Pub/Sub's 10 minutes at most.
pub const ATTEMPT_LEASE: Duration = Duration::from_secs(15 * 60);
const INITIAL_BACKOFF: Duration = Duration::from_secs(60);
/// The longest pause between attempts.
pub const MAX_ATTEMPT_BACKOFF: Duration = Duration::from_secs(3600);

/// How long to wait after this many earlier attempts.
#[must_use]
pub fn attempt_backoff(failed_attempts: u32) -> Duration {
    let doubled = INITIAL_BACKOFF.saturating_mul(1 << failed_attempts.min(16));
    doubled.min(MAX_ATTEMPT_BACKOFF)
}

/// The result of an attempt to apply a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptResult {
    /// The desired state is reached.
    Done {
        /// The deployment record.
        record: DeploymentRecord,
    },
    /// It failed, and a retry may succeed.
    Retry {
        /// The failures, for people.
        reason: String,
    },
    /// It failed, and someone has to act first.
    Failed {
        /// Why it failed, and what to do next.
        reason: String,
    },
}

fn is_retryable(class: Class) -> bool {
    match class {
        Class::Transient | Class::Conflict => true,
        Class::Denied | Class::Invalid | Class::Bug => false,
    }
}

/// The result of an attempt with these failures: permanent ones take precedence.
fn classify_failures(faults: impl IntoIterator<Item = (Class, String)>) -> Option<AttemptResult> {
    let (transient, permanent): (Vec<_>, Vec<_>) = faults
        .into_iter()
        .partition(|(class, _)| is_retryable(*class));
    let joined = |faults: Vec<(Class, String)>| {
        let texts: Vec<String> = faults.into_iter().map(|(_, text)| text).collect();
        texts.join("; ")
    };
    match (transient.is_empty(), permanent.is_empty()) {
        (true, true) => None,
        (_, false) => Some(AttemptResult::Failed {
            reason: joined(permanent),
        }),
        (false, true) => Some(AttemptResult::Retry {
            reason: joined(transient),
        }),
    }
}

impl AttemptResult {
    /// The result of applying a plan.
    #[must_use]
    pub fn of(report: &ApplyReport) -> Self {
        if report.is_done() {
            return Self::Done {
                record: report.record.clone(),
            };
        }
        let failed = report
            .outcomes
            .values()
            .filter_map(|outcome| match outcome {
                StepOutcome::Failed { reason, class } => Some((*class, reason.clone())),
                StepOutcome::Blocked { .. }
                | StepOutcome::Created { .. }
                | StepOutcome::Adopted
                | StepOutcome::Changed
                | StepOutcome::Unchanged
                | StepOutcome::Deleted
                | StepOutcome::Retained { .. } => None,
            });
        classify_failures(failed).unwrap_or_else(|| {
            let blocked = report
                .outcomes
                .iter()
                .find_map(|(id, outcome)| match outcome {
                    StepOutcome::Blocked { by } => Some(format!("{id} was not attempted: {by}")),
                    StepOutcome::Failed { .. }
                    | StepOutcome::Created { .. }
                    | StepOutcome::Adopted
                    | StepOutcome::Changed
                    | StepOutcome::Unchanged
                    | StepOutcome::Deleted
                    | StepOutcome::Retained { .. } => None,
                });
            let unobserved = || {
                let reason = report.unobserved.first()?;
                Some(format!("the result could not be verified: {reason}"))
            };
            let changed = || "changed concurrently by someone else".to_owned();
            let reason = blocked.or_else(unobserved).unwrap_or_else(changed);
            Self::Retry { reason }
        })
    }

    /// The result if something could not be observed.
    #[must_use]
    pub fn unobserved(errors: &[Error]) -> Self {
        let faults = errors.iter().map(|error| (error.class(), chain(error)));
        classify_failures(faults).unwrap_or_else(|| Self::Retry {
            reason: "nothing could be observed".to_owned(),
        })
    }
}
