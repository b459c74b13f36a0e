//! Outcomes of steps, and the events that report them.

use crate::{Fault, ResourceId};
use gcp::Class;
use names::Timestamp;
use serde::Serialize;

/// The outcome of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "outcome")]
pub enum StepOutcome {
    /// The resource was created or restored.
    Created {
        /// Its unique id, if its kind has one.
        uid: Option<String>,
    },
    /// The resource existed before, and is used.
    Adopted,
    /// The resource was changed to its desired state.
    Changed,
    /// Nothing had to be done.
    Unchanged,
    /// The resource no longer exists.
    Deleted,
    /// Google keeps the resource for now.
    Retained {
        /// When it can be deleted, if known.
        until: Option<Timestamp>,
    },
    /// The step failed.
    Failed {
        /// The error chain, with what to do next.
        reason: String,
        /// Whether a retry may help.
        #[serde(skip)]
        class: Class,
    },
    /// The step was not attempted.
    Blocked {
        /// The dependency that failed, or the error.
        by: String,
    },
}

impl StepOutcome {
    /// Whether dependent steps can proceed.
    #[must_use]
    pub fn is_success(&self) -> bool {
        match self {
            Self::Failed { .. } | Self::Blocked { .. } => false,
            Self::Created { .. }
            | Self::Adopted
            | Self::Changed
            | Self::Unchanged
            | Self::Deleted
            | Self::Retained { .. } => true,
        }
    }
}

/// A change in the progress of a step.
#[derive(Debug)]
pub struct StepEvent<'a> {
    /// The step's resource.
    pub id: &'a ResourceId,
    /// The new progress.
    pub progress: Progress<'a>,
}

/// The progress of a step.
#[derive(Debug)]
pub enum Progress<'a> {
    /// The first attempt begins.
    Started,
    /// An attempt failed and is retried after a pause.
    Waiting {
        /// Why it failed.
        reason: &'a Fault,
    },
    /// The step is completed.
    Ended(&'a StepOutcome),
}

/// Receives the events of an execution.
pub type EventSink<'a> = &'a (dyn Fn(StepEvent<'_>) + Sync);
