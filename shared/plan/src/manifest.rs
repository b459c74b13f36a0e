//! The desired state of a deployment.

use crate::{Resource, ResourceId};
use names::DeploymentId;
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// The desired resources of a deployment, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    pub(crate) deployment: DeploymentId,
    pub(crate) resources: BTreeMap<ResourceId, Resource>,
    pub(crate) references: BTreeMap<ResourceId, String>,
    pub(crate) left: BTreeSet<ResourceId>,
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
            references: BTreeMap::new(),
            left: BTreeSet::new(),
        })
    }

    /// The same manifest, whose user refers to an existing resource: its plan is
    /// refused if that does not exist. `source` names the field that refers to it.
    #[must_use]
    pub fn refer_to(mut self, id: ResourceId, source: impl Into<String>) -> Self {
        self.references.insert(id, source.into());
        self
    }

    /// The same manifest, which leaves resources to their owner: those that it does
    /// not contain are neither read nor removed, and stay in the record.
    #[must_use]
    pub fn leave(mut self, ids: impl IntoIterator<Item = ResourceId>) -> Self {
        self.left.extend(ids);
        self
    }

    /// The same manifest with more resources.
    ///
    /// # Errors
    /// A resource other than a policy occurs twice.
    pub fn with(self, more: impl IntoIterator<Item = Resource>) -> Result<Self, DuplicateResource> {
        let all = self.resources.into_values().chain(more);
        Ok(Self {
            references: self.references,
            left: self.left,
            ..Self::new(self.deployment, all)?
        })
    }

    /// The same manifest with each resource changed, but for its name.
    #[must_use]
    pub fn map(self, change: impl Fn(Resource) -> Resource) -> Self {
        let changed = self.resources.into_values().map(change);
        let resources = changed.map(|resource| (resource.id(), resource)).collect();
        Self { resources, ..self }
    }

    /// The ids of all resources, and of those that it refers to.
    pub(crate) fn ids(&self) -> BTreeSet<ResourceId> {
        let ids = self.resources.keys().chain(self.references.keys());
        ids.cloned().collect()
    }

    /// A manifest without resources: its plan is a teardown.
    #[must_use]
    pub fn empty(deployment: DeploymentId) -> Self {
        Self {
            deployment,
            resources: BTreeMap::new(),
            references: BTreeMap::new(),
            left: BTreeSet::new(),
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
