//! What a step has to know, decided in the plan.

use crate::{Grant, PolicyTarget, ResourceId};
use names::ProjectId;
use std::collections::{BTreeMap, BTreeSet};

/// What a step has to know besides its resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepInput {
    /// Unique id of the observed or recorded resource, if its kind has one.
    pub uid: Option<String>,
    /// The grants that the step adds to a policy.
    pub grants: BTreeSet<Grant>,
    /// The grants that the step removes from a policy.
    pub removed_grants: BTreeSet<Grant>,
    /// Whether the step removes `projectOwner:` and the like from a policy, with
    /// which Cloud Storage creates a bucket.
    pub removes_basic_role_members: bool,
    /// What contains the resource, and is deleted by the same plan, or retained
    /// because Google deletes it later: the ring of a key, a folder's bucket.
    pub removed_container: Option<ResourceId>,
    /// The project that contains the resource, and is deleted with all that is in it.
    pub removed_project: Option<ProjectId>,
    /// What the plan grants by a role that the step restores, by policy.
    pub role_grants: BTreeMap<PolicyTarget, BTreeSet<Grant>>,
}
