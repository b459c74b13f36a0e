//! A plan and its steps.

use crate::{Change, Grant, Origin, Resource, ResourceId};
use names::{DeploymentName, Timestamp};
use serde::Serialize;
use std::collections::BTreeSet;

/// What is to be done, in an order in which it could be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Whose it is.
    pub deployment: DeploymentName,
    /// Each after those that it needs.
    pub steps: Vec<Step>,
    /// What the record has and nobody does any more.
    pub forgotten: BTreeSet<ResourceId>,
}

/// What is to be done with one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The resource.
    pub id: ResourceId,
    /// What to do.
    pub action: Action,
    /// Whose it is, once that is done.
    pub origin: Origin,
    /// The steps that must be done before.
    pub depends_on: BTreeSet<ResourceId>,
    /// What tells it from another of its name.
    #[serde(skip)]
    pub uid: Option<String>,
    /// The grants that are added to a policy.
    #[serde(skip)]
    pub grants: BTreeSet<Grant>,
    /// The grants that are taken out of a policy.
    #[serde(skip)]
    pub removed_grants: BTreeSet<Grant>,
    /// The resource as it should be; none if it should not be.
    #[serde(skip)]
    pub resource: Option<Resource>,
}

/// What to do with a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "do")]
pub enum Action {
    /// It is not there: make it.
    Create,
    /// It is deleted: bring it back, then change it.
    Restore {
        /// What differs then.
        changes: Vec<Change>,
    },
    /// It differs.
    Change {
        /// How.
        changes: Vec<Change>,
    },
    /// It is not there any more if this is done.
    Delete,
    /// It is as it should be, or is not groundcrew's to touch.
    Keep,
    /// It was there before: use it, and change what safety needs.
    Adopt {
        /// That.
        changes: Vec<Change>,
    },
    /// It should go and cannot yet.
    Retain {
        /// Why.
        why: String,
        /// When it can go, where that is known.
        until: Option<Timestamp>,
        /// Whether there is something to do about it now.
        act: bool,
    },
    /// It cannot be made so.
    Refuse {
        /// Why, and what to do next.
        why: String,
    },
}

impl Step {
    /// Whether the manifest has it.
    #[must_use]
    pub fn is_desired(&self) -> bool {
        self.resource.is_some()
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_noop(&self) -> bool {
        match &self.action {
            Action::Keep => true,
            Action::Retain { act, .. } => !act,
            Action::Create
            | Action::Restore { .. }
            | Action::Change { .. }
            | Action::Delete
            | Action::Adopt { .. }
            | Action::Refuse { .. } => false,
        }
    }
}

impl Plan {
    /// Whether everything is as it should be.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(Step::is_noop)
    }

    /// The step of a resource.
    #[must_use]
    pub fn step(&self, id: &ResourceId) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == *id)
    }
}
