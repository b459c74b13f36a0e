//! The identities of a deployment and their service accounts. Pure.

use super::Deployment;
use jobs::calls;
use names::ServiceAccountEmail;

/// An identity of the deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// An identity of the job flow.
    Jobs(calls::Identity),
    /// The function `project-provisioned`.
    ProjectProvisioned,
}

impl From<calls::Identity> for Identity {
    fn from(identity: calls::Identity) -> Self {
        Self::Jobs(identity)
    }
}

impl PartialEq<calls::Identity> for Identity {
    fn eq(&self, other: &calls::Identity) -> bool {
        *self == Self::Jobs(*other)
    }
}

impl Identity {
    /// Every identity.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let jobs = calls::Identity::ALL.into_iter().map(Self::Jobs);
        jobs.chain([Self::ProjectProvisioned]).collect()
    }

    /// The name of the identity; functions and their accounts share it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jobs(identity) => identity.name(),
            Self::ProjectProvisioned => "project-provisioned",
        }
    }
}

/// The service account of `identity`.
///
/// # Panics
/// Never: the name of a function is a valid account ID.
#[must_use]
pub fn account(deployment: &Deployment, identity: impl Into<Identity>) -> ServiceAccountEmail {
    let identity = identity.into();
    match identity {
        Identity::Jobs(calls::Identity::ResourceManager) => {
            deployment.settings.resource_manager.clone()
        }
        Identity::Jobs(calls::Identity::Instances) => deployment.settings.instances_account.clone(),
        Identity::Jobs(
            calls::Identity::JobQueued
            | calls::Identity::JobChanged
            | calls::Identity::MaintenanceNoticed
            | calls::Identity::Sweep,
        )
        | Identity::ProjectProvisioned => format!(
            "{}@{}.iam.gserviceaccount.com",
            identity.name(),
            deployment.home
        )
        .parse()
        .expect("the name of a function is a valid account ID"),
    }
}
