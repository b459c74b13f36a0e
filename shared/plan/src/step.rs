//! A plan and its steps.

use crate::{Change, DeploymentRecord, Origin, Resource, ResourceId, StepInput, Surplus};
use names::{DeploymentId, Timestamp};
use serde::Serialize;
use std::collections::BTreeSet;

/// What has to be done, in an order that respects all dependencies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The deployment that it belongs to.
    pub deployment: DeploymentId,
    /// One step per resource, each after those that it depends on.
    pub steps: Vec<Step>,
    /// Resources in the deployment record that no longer exist, or no longer
    /// belong to the deployment.
    pub forgotten: BTreeSet<ResourceId>,
    /// The deployment record that it was made with: the stored one or, where
    /// there is none, what the marks tell. A plan restores a lost record.
    #[serde(skip)]
    pub record: DeploymentRecord,
}

/// What has to be done with one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The resource.
    pub id: ResourceId,
    /// The action.
    #[serde(flatten)]
    pub action: Action,
    /// What the record says of the resource when the step is done.
    pub origin: Origin,
    /// More access than is desired, which others gave. The step keeps it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub surplus: Vec<Surplus>,
    /// The resources whose steps must be done before.
    pub depends_on: BTreeSet<ResourceId>,
    /// What else the step has to know.
    #[serde(skip)]
    pub input: StepInput,
    /// The desired resource; `None` if the manifest does not contain it.
    #[serde(skip)]
    pub resource: Option<Resource>,
}

/// What to do with a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "action")]
pub enum Action {
    /// It does not exist: create it.
    Create,
    /// It is deleted or being destroyed: restore it, then change it.
    Restore {
        /// What has to be changed then.
        changes: Vec<Change>,
    },
    /// It differs from the desired state.
    Change {
        /// What has to be changed.
        changes: Vec<Change>,
    },
    /// It is no longer desired: delete it.
    Delete,
    /// It is in its desired state, or was adopted and is no longer desired.
    Keep,
    /// It existed before: use it, and change only what safety requires.
    Adopt {
        /// What has to be changed.
        changes: Vec<Change>,
    },
    /// It is no longer desired, but cannot be deleted yet.
    Retain {
        /// Why it cannot.
        reason: String,
        /// When it can be deleted, if known.
        until: Option<Timestamp>,
        /// Whether a call is needed now (to schedule its destruction).
        needs_call: bool,
    },
    /// The desired state cannot be reached.
    Refuse {
        /// Why, and what to do next.
        reason: String,
    },
}

impl Step {
    /// A step on a resource that the manifest does not contain, without
    /// dependencies.
    #[must_use]
    pub fn new(id: ResourceId, action: Action, origin: Origin) -> Self {
        Self {
            id,
            action,
            origin,
            surplus: Vec::new(),
            depends_on: BTreeSet::new(),
            input: StepInput::default(),
            resource: None,
        }
    }

    /// Whether the manifest contains the resource.
    #[must_use]
    pub fn is_desired(&self) -> bool {
        self.resource.is_some()
    }

    /// Whether the resource is as desired: nothing has to be changed, and others
    /// gave no more access to it.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.is_noop() && self.surplus.is_empty()
    }

    /// Whether the step makes no change.
    #[must_use]
    pub fn is_noop(&self) -> bool {
        match &self.action {
            Action::Keep => true,
            Action::Retain { needs_call, .. } => !needs_call,
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
    /// Whether no step makes a change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(Step::is_noop)
    }

    /// Whether a step is refused, so that executing the plan does nothing.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        let is_refused = |step: &Step| matches!(step.action, Action::Refuse { .. });
        self.steps.iter().any(is_refused)
    }

    /// More access than is desired, which others gave, by resource.
    pub fn surplus(&self) -> impl Iterator<Item = (&ResourceId, &Surplus)> {
        let steps = self.steps.iter();
        steps.flat_map(|step| step.surplus.iter().map(|surplus| (&step.id, surplus)))
    }

    /// The step of a resource.
    #[must_use]
    pub fn step(&self, id: &ResourceId) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == *id)
    }
}
