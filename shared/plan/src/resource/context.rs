//! What every step of a plan works with.

use crate::{Grant, PolicyTarget, ResourceId};
use gcp::Client;
use names::DeploymentName;
use std::collections::{BTreeMap, BTreeSet};

/// The client, the deployment, and what a step has to know of the plan's
/// other steps.
pub(crate) struct Context<'a> {
    pub(crate) client: &'a Client,
    pub(crate) deployment: &'a DeploymentName,
    /// The grants that the plan wants in each policy.
    pub(crate) desired_grants: BTreeMap<&'a PolicyTarget, &'a BTreeSet<Grant>>,
    /// What the plan deletes, or retains because Google deletes it later.
    pub(crate) removed: BTreeSet<&'a ResourceId>,
}
