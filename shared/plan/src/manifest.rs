//! The desired state of a deployment.

use crate::{Resource, ResourceId};
use names::DeploymentId;
use std::collections::BTreeMap;
use thiserror::Error;

/// The desired resources of a deployment, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    pub(crate) deployment: DeploymentId,
    pub(crate) resources: BTreeMap<ResourceId, Resource>,
}

/// A manifest contains a resource twice.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the manifest contains {0} twice")]
pub struct DuplicateResource(pub ResourceId);

impl Manifest {
    /// A manifest of `resources`. Grants in the policy of one resource are
    /// merged.
    ///
    /// # Errors
    /// Any other resource occurs twice.
    pub fn new(
        deployment: DeploymentId,
        resources: impl IntoIterator<Item = Resource>,
    ) -> Result<Self, DuplicateResource> {
        let mut all: BTreeMap<ResourceId, Resource> = BTreeMap::new();
        for resource in resources {
            let id = resource.id();
            match (all.get_mut(&id), resource) {
                (None, resource) => {
                    all.insert(id, resource);
                }
                (Some(Resource::Policy(policy)), Resource::Policy(more)) => {
                    policy.grants.extend(more.grants);
                    policy.exclusive.extend(more.exclusive);
                }
                (Some(_), _) => return Err(DuplicateResource(id)),
            }
        }
        Ok(Self {
            deployment,
            resources: all,
        })
    }

    /// A manifest without resources: its plan is a teardown.
    #[must_use]
    pub fn empty(deployment: DeploymentId) -> Self {
        Self {
            deployment,
            resources: BTreeMap::new(),
        }
    }

    /// The deployment that it belongs to.
    #[must_use]
    pub fn deployment(&self) -> &DeploymentId {
        &self.deployment
    }

    /// All resources, ordered by id.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.resources.values()
    }
}
