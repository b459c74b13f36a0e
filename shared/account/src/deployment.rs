//! The ledger's record of a project's setup.

use crate::Spec;
use ledger::{HistoryEntry, Record};
use names::{ProjectId, Timestamp};
use plan::{Origin, ResourceId};
use serde::{Deserialize, Serialize};

/// The setup of a project, from the first request until nothing is left of it.
/// Its id in the ledger is the project ID.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// The requested spec; `None` if no valid one was received yet.
    pub spec: Option<Spec>,
    /// The progress of the latest request.
    pub state: DeploymentState,
    /// When the sweep publishes it as overdue, unless it changes before.
    pub due: Option<Timestamp>,
    /// When the request that the state reflects was made. Older requests are
    /// ignored.
    pub requested_at: Timestamp,
    /// Failed attempts in a row, which set the backoff.
    pub failed_attempts: u32,
    /// What happened, oldest first; at most [`Deployment::HISTORY`] entries.
    pub history: Vec<HistoryEntry>,
}

/// The state of a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum DeploymentState {
    /// It is being set up, or waits for a retry.
    Applying,
    /// The latest setup reached the desired state.
    Ready,
    /// The setup failed permanently.
    Failed {
        /// Why, and what to do next.
        reason: String,
    },
    /// The resources that groundcrew created are being removed.
    Removing {
        /// Their record, for when the bucket that contains it is gone.
        record: plan::DeploymentRecord,
    },
    /// Everything is removed, except for what Google retains for a time.
    Retained {
        /// The record of the retained resources.
        record: plan::DeploymentRecord,
    },
    /// Nothing is left to do.
    Removed,
}

impl Deployment {
    /// How many history entries are kept.
    pub const HISTORY: usize = 20;

    /// The resources that Google retains, and until when, if known. APIs are not
    /// included: they stay enabled permanently.
    #[must_use]
    pub fn retained(&self) -> Vec<(&ResourceId, Option<Timestamp>)> {
        match &self.state {
            DeploymentState::Retained { record } => retained(record),
            DeploymentState::Applying
            | DeploymentState::Ready
            | DeploymentState::Failed { .. }
            | DeploymentState::Removing { .. }
            | DeploymentState::Removed => Vec::new(),
        }
    }

    /// The text of the latest history entry; empty if there is none.
    #[must_use]
    pub fn last(&self) -> &str {
        self.history.last().map_or("", |entry| &entry.what)
    }

    /// Appends to the history, unless the latest entry is the same.
    pub(crate) fn note(&mut self, at: Timestamp, what: impl Into<String>) {
        let what = what.into();
        if self.last() != what {
            HistoryEntry::append(&mut self.history, Self::HISTORY, at, what);
        }
    }
}

/// The resources in `record` that Google retains for a time, without APIs.
pub(crate) fn retained(record: &plan::DeploymentRecord) -> Vec<(&ResourceId, Option<Timestamp>)> {
    let retained = record
        .entries
        .iter()
        .filter_map(|(id, entry)| match entry.origin {
            Origin::Retained { until } => Some((id, until)),
            Origin::Creating | Origin::Created | Origin::Adopted => None,
        });
    retained.filter(|(id, _)| id.api().is_none()).collect()
}

impl Record for Deployment {
    const COLLECTION: &'static str = "deployments";
    type Id = ProjectId;

    fn state(&self) -> &str {
        match self.state {
            DeploymentState::Applying => "applying",
            DeploymentState::Ready => "ready",
            DeploymentState::Failed { .. } => "failed",
            DeploymentState::Removing { .. } => "removing",
            DeploymentState::Retained { .. } => "retained",
            DeploymentState::Removed => "removed",
        }
    }

    fn due(&self) -> Option<Timestamp> {
        self.due
    }

    fn ended(&self) -> Option<Timestamp> {
        None
    }
}
