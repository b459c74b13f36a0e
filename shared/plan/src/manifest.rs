//! What should be.

use crate::{Resource, ResourceId};
use names::DeploymentName;
use std::collections::BTreeMap;
use thiserror::Error;

/// What should be: every resource once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    pub(crate) deployment: DeploymentName,
    pub(crate) resources: BTreeMap<ResourceId, Resource>,
}

/// A manifest names a resource twice.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the manifest has {0} twice")]
pub struct DuplicateResource(pub ResourceId);

impl Manifest {
    /// The manifest of these. Policies of one resource become one.
    ///
    /// # Errors
    /// Anything else is there twice.
    pub fn new(
        deployment: DeploymentName,
        resources: impl IntoIterator<Item = Resource>,
    ) -> Result<Self, DuplicateResource> {
        let mut all: BTreeMap<ResourceId, Resource> = BTreeMap::new();
        for resource in resources {
            let id = resource.id();
            match (all.get_mut(&id), resource) {
                (None, resource) => {
                    all.insert(id, resource);
                }
                (Some(Resource::Policy(there)), Resource::Policy(more)) => {
                    there.grants.extend(more.grants);
                }
                (Some(_), _) => return Err(DuplicateResource(id)),
            }
        }
        Ok(Self {
            deployment,
            resources: all,
        })
    }

    /// The manifest of a deployment that is to be taken down.
    #[must_use]
    pub fn empty(deployment: DeploymentName) -> Self {
        Self {
            deployment,
            resources: BTreeMap::new(),
        }
    }

    /// Whose it is.
    #[must_use]
    pub fn deployment(&self) -> &DeploymentName {
        &self.deployment
    }

    /// What it holds.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.resources.values()
    }
}
