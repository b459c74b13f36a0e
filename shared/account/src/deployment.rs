//! What the ledger keeps of a project that is set up.

use crate::Spec;
use ledger::{HistoryEntry, Record};
use names::{ProjectId, Timestamp};
use plan::{Origin, ResourceId};
use serde::{Deserialize, Serialize};

/// A project that was asked to be set up, until nothing of it is left. Its id
/// in the ledger is the project's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// What was asked for; `None` if that could never be read.
    pub spec: Option<Spec>,
    /// Where it stands.
    pub state: DeploymentState,
    /// When the sweep has it looked at, if nothing is heard before.
    pub due: Option<Timestamp>,
    /// When that was asked for which it stands for. Older wishes come too late.
    pub asked: Timestamp,
    /// How often in a row it was tried and could not be done.
    pub tries: u32,
    /// What happened, oldest first; the last [`Deployment::HISTORY`] moments.
    pub history: Vec<HistoryEntry>,
}

/// Where a deployment stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum DeploymentState {
    /// It is being set up, or waits to be tried again.
    Applying,
    /// It is set up.
    Ready,
    /// It could not be set up, and will not be by itself.
    Failed {
        /// Why, and what to do next.
        reason: String,
    },
    /// What groundcrew made is being removed.
    Removing {
        /// What that was, for when the bucket that keeps the record is gone.
        record: plan::DeploymentRecord,
    },
    /// All is removed but what Google keeps for a time.
    Retained {
        /// That.
        record: plan::DeploymentRecord,
    },
    /// Nothing is left to do.
    Removed,
}

impl Deployment {
    /// How many moments are kept.
    pub const HISTORY: usize = 20;

    /// What Google keeps of it, and until when, where that is known. An API is
    /// not among it: it stays enabled for good.
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

    /// What was last said of it.
    #[must_use]
    pub fn last(&self) -> &str {
        self.history.last().map_or("", |moment| &moment.what)
    }

    /// Notes what happened; the same again is no news.
    pub(crate) fn note(&mut self, at: Timestamp, what: impl Into<String>) {
        let what = what.into();
        if self.last() != what {
            HistoryEntry::append(&mut self.history, Self::HISTORY, at, what);
        }
    }
}

/// What of `record` Google keeps for a time.
pub(crate) fn retained(record: &plan::DeploymentRecord) -> Vec<(&ResourceId, Option<Timestamp>)> {
    let kept = record
        .entries
        .iter()
        .filter_map(|(id, entry)| match entry.origin {
            Origin::Retained { until } => Some((id, until)),
            Origin::Creating | Origin::Created | Origin::Adopted => None,
        });
    kept.filter(|(id, _)| id.api().is_none()).collect()
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
}
