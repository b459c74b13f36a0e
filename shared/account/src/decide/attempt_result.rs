//! What an attempt came to. Pure.

use gcp::{Class, Classify, chain};
use plan::{DeploymentRecord, Error, Report, StepOutcome};

/// What an attempt to set a project up, or to take it down, came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptResult {
    /// All is as it should be.
    Done {
        /// What is known of the project now.
        record: DeploymentRecord,
    },
    /// Not all is, and that may change by itself.
    Retry {
        /// What hinders.
        why: String,
    },
    /// Not all is, and somebody must do something about it.
    Failed {
        /// What is wrong, and what to do next.
        why: String,
    },
}

/// Whether what is of this class goes away by itself.
fn is_retryable(class: Class) -> bool {
    match class {
        Class::Transient | Class::Conflict => true,
        Class::Denied | Class::Invalid | Class::Bug => false,
    }
}

/// What hinders for good comes before what goes away.
fn classify_failures(faults: impl IntoIterator<Item = (Class, String)>) -> Option<AttemptResult> {
    let (later, never): (Vec<_>, Vec<_>) = faults
        .into_iter()
        .partition(|(class, _)| is_retryable(*class));
    let joined = |faults: Vec<(Class, String)>| {
        let texts: Vec<String> = faults.into_iter().map(|(_, text)| text).collect();
        texts.join("; ")
    };
    match (later.is_empty(), never.is_empty()) {
        (true, true) => None,
        (_, false) => Some(AttemptResult::Failed { why: joined(never) }),
        (false, true) => Some(AttemptResult::Retry { why: joined(later) }),
    }
}

impl AttemptResult {
    /// What a plan that was carried out came to.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        if report.is_done() {
            return Self::Done {
                record: report.record.clone(),
            };
        }
        let failed = report
            .outcomes
            .values()
            .filter_map(|outcome| match outcome {
                StepOutcome::Failed { why, class } => Some((*class, why.clone())),
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
                    StepOutcome::Blocked { by } => Some(format!("{id} was not tried: {by}")),
                    StepOutcome::Failed { .. }
                    | StepOutcome::Created { .. }
                    | StepOutcome::Adopted
                    | StepOutcome::Changed
                    | StepOutcome::Unchanged
                    | StepOutcome::Deleted
                    | StepOutcome::Retained { .. } => None,
                });
            let unseen = || {
                let unseen = report.unseen.first();
                unseen.map(|why| format!("what was done could not be looked at: {why}"))
            };
            let changed = || "somebody else changed something meanwhile".to_owned();
            let why = blocked.or_else(unseen).unwrap_or_else(changed);
            Self::Retry { why }
        })
    }

    /// What it came to where the project could not be looked at.
    #[must_use]
    pub fn unobserved(errors: &[Error]) -> Self {
        let faults = errors.iter().map(|error| (error.class(), chain(error)));
        classify_failures(faults).unwrap_or_else(|| Self::Retry {
            why: "nothing could be seen".to_owned(),
        })
    }
}
