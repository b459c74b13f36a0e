//! The identities of a deployment and their service accounts. Pure.

use crate::Deployment;
use names::ServiceAccountEmail;

/// An identity of the deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// An identity of the job flow.
    Jobs(jobs::Identity),
    /// The function `project-provisioned`.
    ProjectProvisioned,
    /// The function `product-requested`.
    ProductRequested,
}

impl From<jobs::Identity> for Identity {
    fn from(identity: jobs::Identity) -> Self {
        Self::Jobs(identity)
    }
}

impl PartialEq<jobs::Identity> for Identity {
    fn eq(&self, other: &jobs::Identity) -> bool {
        *self == Self::Jobs(*other)
    }
}

impl Identity {
    /// Every identity.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let jobs = jobs::Identity::ALL.into_iter().map(Self::Jobs);
        jobs.chain([Self::ProjectProvisioned, Self::ProductRequested])
            .collect()
    }

    /// The name of the identity, which a function shares; its account may have a
    /// longer one.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jobs(identity) => identity.name(),
            Self::ProjectProvisioned => "project-provisioned",
            Self::ProductRequested => "product-requested",
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
    let at_home = |id: &str| {
        let email = format!("{id}@{}.iam.gserviceaccount.com", deployment.home);
        email
            .parse()
            .expect("the name of a function is a valid account ID")
    };
    match identity {
        Identity::Jobs(jobs::Identity::ResourceManager) => {
            deployment.settings.resource_manager.clone()
        }
        Identity::Jobs(jobs::Identity::Instances) => deployment.settings.instances_account.clone(),
        // An account's ID has at least six characters.
        Identity::Jobs(jobs::Identity::Sweep) => at_home("groundcrew-sweep"),
        Identity::Jobs(
            jobs::Identity::JobQueued
            | jobs::Identity::JobChanged
            | jobs::Identity::MaintenanceNoticed,
        )
        | Identity::ProjectProvisioned
        | Identity::ProductRequested => at_home(identity.name()),
    }
}
