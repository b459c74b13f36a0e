//! The ledger's record of a product.

use crate::{ProjectIds, Spec, manifest::former};
use ledger::{HistoryEntry, Record};
use names::{DeploymentId, EnvironmentName, ProjectId, Timestamp};
use plan::{DeploymentRecord, Origin, ResourceId, ResourceRecord};
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
    /// When the sweep publishes it as overdue, unless it changes before.
    #[serde(default)]
    pub due: Option<Timestamp>,
    /// When the request that the state reflects was made. Older requests are
    /// ignored.
    #[serde(default)]
    pub requested_at: Option<Timestamp>,
    /// Failed attempts in a row, which set the backoff.
    #[serde(default)]
    pub failed_attempts: u32,
    /// Why the latest request failed permanently, and what to do next.
    #[serde(default)]
    pub failure: Option<String>,
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
            due: None,
            requested_at: None,
            failed_attempts: 0,
            failure: None,
            history: Vec::new(),
        }
    }

    /// Appends to the history, unless the latest entry is the same.
    pub(crate) fn note(&mut self, at: Timestamp, what: impl Into<String>) {
        let what = what.into();
        if self.history.last().is_none_or(|last| last.what != what) {
            HistoryEntry::append(&mut self.history, Self::HISTORY, at, what);
        }
    }

    /// The IDs of the projects of `spec`: recorded in the product, or chosen.
    pub(crate) fn project_ids(product: Option<&Self>, spec: &Spec) -> ProjectIds {
        let taken = |name: &str| product.and_then(|it| it.taken.get(name)).copied();
        let before = product.map(|product| &product.projects);
        ProjectIds::of(spec, before, |name| taken(name).unwrap_or_default())
    }

    /// An environment that exists and is no longer in `spec`, with its project. Those
    /// that are `agreed` to be deleted do not count.
    pub(crate) fn removed_environment(
        &self,
        spec: &Spec,
        agreed: &BTreeSet<EnvironmentName>,
    ) -> Option<(EnvironmentName, ProjectId)> {
        let is_there = |id: &ProjectId| {
            let entry = self.resources.entries.get(&ResourceId::Project(id.clone()));
            // One that is deleted already waits for Google.
            entry.is_some_and(|entry| matches!(entry.origin, Origin::Creating | Origin::Created))
        };
        let mut former = former(spec, &self.projects).into_iter();
        former.find(|(name, id)| !agreed.contains(name) && is_there(id))
    }
}

impl Record for Product {
    const COLLECTION: &'static str = "products";
    type Id = DeploymentId;

    fn state(&self) -> &str {
        // Google keeps what was deleted for a time.
        let is_kept = |entry: &ResourceRecord| matches!(entry.origin, Origin::Retained { .. });
        match (self.resources.entries.values().all(is_kept), self.is_ready) {
            _ if self.failure.is_some() => "failed",
            (true, _) if self.due.is_none() => "removed",
            (false, true) => "ready",
            (..) => "applying",
        }
    }

    fn due(&self) -> Option<Timestamp> {
        self.due
    }

    fn ended(&self) -> Option<Timestamp> {
        None
    }
}
