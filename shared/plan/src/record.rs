//! The deployment record: what groundcrew made, adopted and still holds.

use crate::{Action, Grant, Plan, ResourceId, Step, StepOutcome};
use names::{DeploymentName, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A deployment record, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentRecord {
    /// Whose it is.
    pub deployment: DeploymentName,
    /// What is known of each resource.
    pub entries: BTreeMap<ResourceId, ResourceRecord>,
}

/// What is known of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceRecord {
    /// Where it comes from.
    pub origin: Origin,
    /// What tells it from another of the same name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// What it depends on, which must outlive it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub depends_on: BTreeSet<ResourceId>,
    /// The grants in a policy that groundcrew added.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub grants: BTreeSet<Grant>,
}

/// Where a resource comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// groundcrew is about to make it, or has, and did not live to say so.
    Creating,
    /// groundcrew made it.
    Created,
    /// It was there before.
    Adopted,
    /// groundcrew made it and wants it gone, and Google keeps it until then.
    Retained {
        /// When it can go, where that is known.
        until: Option<Timestamp>,
    },
}

impl Origin {
    /// Whether it is groundcrew's to delete.
    #[must_use]
    pub fn is_ours(self) -> bool {
        match self {
            Self::Creating | Self::Created | Self::Retained { .. } => true,
            Self::Adopted => false,
        }
    }
}

impl DeploymentRecord {
    /// The record of a deployment that has nothing yet.
    #[must_use]
    pub fn new(deployment: DeploymentName) -> Self {
        Self {
            deployment,
            entries: BTreeMap::new(),
        }
    }

    /// What `plan` says of what has to go: all that is known of it where there
    /// was no record.
    pub(crate) fn of(plan: &Plan) -> Self {
        let mut record = Self::new(plan.deployment.clone());
        for step in plan.steps.iter().filter(|step| !step.is_desired()) {
            let entry = ResourceRecord {
                origin: step.origin,
                uid: step.uid.clone(),
                depends_on: step.depends_on.clone(),
                grants: step.removed_grants.clone(),
            };
            record.entries.insert(step.id.clone(), entry);
        }
        record
    }

    /// This record before `plan` is carried out. What another run wrote in the
    /// meantime stays: who made a thing has made it.
    pub(crate) fn begin(mut self, plan: &Plan) -> Self {
        for step in &plan.steps {
            let Some(origin) = begun(step) else {
                continue;
            };
            let entry = self
                .entries
                .entry(step.id.clone())
                .or_insert_with(|| ResourceRecord {
                    origin,
                    uid: step.uid.clone(),
                    depends_on: BTreeSet::new(),
                    grants: BTreeSet::new(),
                });
            // Somebody else's run may have made by now what this plan saw
            // missing, or saw and did not know of.
            let is_known = matches!(entry.origin, Origin::Creating | Origin::Created);
            let exists = matches!(step.action, Action::Keep | Action::Change { .. });
            if exists || !is_known {
                entry.origin = origin;
                entry.uid = step.uid.clone().or_else(|| entry.uid.take());
            }
            entry.depends_on.clone_from(&step.depends_on);
            entry.grants.extend(step.grants.iter().cloned());
        }
        self
    }

    /// This record after `plan` was carried out with these outcomes.
    pub(crate) fn finish(
        mut self,
        plan: &Plan,
        outcomes: &BTreeMap<ResourceId, StepOutcome>,
    ) -> Self {
        for step in &plan.steps {
            let (origin, uid) = match outcomes.get(&step.id) {
                Some(StepOutcome::Created { .. }) if matches!(step.id, ResourceId::Policy(_)) => {
                    self.drop_grants(step);
                    continue;
                }
                Some(StepOutcome::Created { uid }) => (Origin::Created, uid),
                Some(StepOutcome::Adopted) => (Origin::Adopted, &None),
                Some(StepOutcome::Retained { until }) => {
                    (Origin::Retained { until: *until }, &step.uid)
                }
                Some(StepOutcome::Deleted) => {
                    self.entries.remove(&step.id);
                    continue;
                }
                Some(StepOutcome::Changed | StepOutcome::Unchanged) => {
                    self.drop_grants(step);
                    continue;
                }
                Some(StepOutcome::Failed { .. } | StepOutcome::Blocked { .. }) | None => continue,
            };
            if let Some(entry) = self.entries.get_mut(&step.id) {
                // Somebody's run saw itself make it, and this one did not.
                if !(entry.origin == Origin::Created && origin == Origin::Adopted) {
                    entry.origin = origin;
                    entry.uid.clone_from(uid);
                }
            }
        }
        for id in &plan.forgotten {
            self.entries.remove(id);
        }
        self.rings_know_their_keys();
        self
    }

    /// A ring goes when its last key does.
    fn rings_know_their_keys(&mut self) {
        let mut last: BTreeMap<ResourceId, Option<Timestamp>> = BTreeMap::new();
        for (id, entry) in &self.entries {
            if let (ResourceId::Key(key), Origin::Retained { until }) = (id, entry.origin) {
                let most = last
                    .entry(ResourceId::Ring(key.ring().clone()))
                    .or_default();
                *most = (*most).max(until);
            }
        }
        for (ring, until) in last {
            if let Some(entry) = self.entries.get_mut(&ring)
                && matches!(entry.origin, Origin::Retained { .. })
            {
                entry.origin = Origin::Retained { until };
            }
        }
    }

    fn drop_grants(&mut self, step: &Step) {
        if let Some(entry) = self.entries.get_mut(&step.id) {
            entry
                .grants
                .retain(|grant| !step.removed_grants.contains(grant));
        }
        if !step.is_desired() {
            self.entries.remove(&step.id);
        }
    }
}

/// Where a step's resource comes from before the step is done; `None` if the
/// record has nothing to learn from it.
fn begun(step: &Step) -> Option<Origin> {
    // A policy document comes with its resource; what is groundcrew's in it are
    // the grants.
    if let ResourceId::Policy(_) = step.id {
        return step.is_desired().then_some(Origin::Adopted);
    }
    match &step.action {
        Action::Create | Action::Restore { .. } => Some(Origin::Creating),
        Action::Adopt { .. } => Some(Origin::Adopted),
        Action::Keep | Action::Change { .. } => step.is_desired().then_some(step.origin),
        Action::Delete | Action::Retain { .. } | Action::Refuse { .. } => None,
    }
}
