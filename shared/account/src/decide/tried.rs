//! What an attempt came to. Pure.

use gcp::{Class, Classify, chain};
use plan::{Error, Outcome, Record, Report};

/// What an attempt to set a project up, or to take it down, came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// All is as it should be.
    Done {
        /// What is known of the project now.
        record: Record,
    },
    /// Not all is, and that may change by itself.
    Later {
        /// What hinders.
        why: String,
    },
    /// Not all is, and somebody must do something about it.
    Never {
        /// What is wrong, and what to do next.
        why: String,
    },
}

/// Whether what is of this class goes away by itself.
fn goes_away(class: Class) -> bool {
    match class {
        Class::Transient | Class::Conflict => true,
        Class::Denied | Class::Invalid | Class::Bug => false,
    }
}

/// What hinders for good comes before what goes away.
fn hindered(faults: impl IntoIterator<Item = (Class, String)>) -> Option<Tried> {
    let (later, never): (Vec<_>, Vec<_>) =
        faults.into_iter().partition(|(class, _)| goes_away(*class));
    let joined = |faults: Vec<(Class, String)>| {
        let texts: Vec<String> = faults.into_iter().map(|(_, text)| text).collect();
        texts.join("; ")
    };
    match (later.is_empty(), never.is_empty()) {
        (true, true) => None,
        (_, false) => Some(Tried::Never { why: joined(never) }),
        (false, true) => Some(Tried::Later { why: joined(later) }),
    }
}

impl Tried {
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
                Outcome::Failed { why, class } => Some((*class, why.clone())),
                Outcome::Blocked { .. }
                | Outcome::Made { .. }
                | Outcome::Adopted
                | Outcome::Changed
                | Outcome::Kept
                | Outcome::Gone
                | Outcome::Retained { .. } => None,
            });
        hindered(failed).unwrap_or_else(|| {
            let blocked = report
                .outcomes
                .iter()
                .find_map(|(id, outcome)| match outcome {
                    Outcome::Blocked { by } => Some(format!("{id} was not tried: {by}")),
                    Outcome::Failed { .. }
                    | Outcome::Made { .. }
                    | Outcome::Adopted
                    | Outcome::Changed
                    | Outcome::Kept
                    | Outcome::Gone
                    | Outcome::Retained { .. } => None,
                });
            let unseen = || {
                let unseen = report.unseen.first();
                unseen.map(|why| format!("what was done could not be looked at: {why}"))
            };
            let changed = || "somebody else changed something meanwhile".to_owned();
            let why = blocked.or_else(unseen).unwrap_or_else(changed);
            Self::Later { why }
        })
    }

    /// What it came to where the project could not be looked at.
    #[must_use]
    pub fn unread(errors: &[Error]) -> Self {
        let faults = errors.iter().map(|error| (error.class(), chain(error)));
        hindered(faults).unwrap_or_else(|| Self::Later {
            why: "nothing could be seen".to_owned(),
        })
    }
}
