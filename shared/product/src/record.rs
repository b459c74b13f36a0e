//! The ledger's record of a product.

use crate::{ProjectIds, Spec};
use ledger::{HistoryEntry, Record};
use names::{DeploymentId, ProjectId, Timestamp};
use plan::DeploymentRecord;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A product, from its first apply until nothing is left of it. Its id in the
/// ledger is the deployment ID.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// The spec that was applied last.
    pub spec: Spec,
    /// The IDs of its projects.
    pub projects: ProjectIds,
    /// How many IDs turned out to be someone else's, by environment or `meta`.
    #[serde(default)]
    pub taken: BTreeMap<String, u32>,
    /// What the engine made.
    pub resources: DeploymentRecord,
    /// Increases with each write of `resources`.
    pub version: i64,
    /// Whether the last apply reached the desired state.
    pub is_ready: bool,
    /// The projects whose readiness was published.
    #[serde(default)]
    pub announced: BTreeSet<ProjectId>,
    /// What happened, oldest first; at most [`Product::HISTORY`] entries.
    pub history: Vec<HistoryEntry>,
}

impl Product {
    /// How many history entries are kept.
    pub const HISTORY: usize = 20;

    /// A product of which nothing exists yet.
    #[must_use]
    pub fn new(spec: &Spec, projects: ProjectIds) -> Self {
        Self {
            resources: DeploymentRecord::new(spec.id()),
            spec: spec.clone(),
            projects,
            taken: BTreeMap::new(),
            version: 0,
            is_ready: false,
            announced: BTreeSet::new(),
            history: Vec::new(),
        }
    }

    /// Appends to the history.
    pub(crate) fn note(&mut self, at: Timestamp, what: impl Into<String>) {
        HistoryEntry::append(&mut self.history, Self::HISTORY, at, what.into());
    }
}

impl Record for Product {
    const COLLECTION: &'static str = "products";
    type Id = DeploymentId;

    fn state(&self) -> &str {
        match (self.resources.entries.is_empty(), self.is_ready) {
            (true, _) => "removed",
            (false, true) => "ready",
            (false, false) => "applying",
        }
    }

    fn due(&self) -> Option<Timestamp> {
        None
    }

    fn ended(&self) -> Option<Timestamp> {
        None
    }
}
