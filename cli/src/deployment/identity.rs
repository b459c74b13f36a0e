//! Who acts in a deployment: the identities of every flow. Pure.

use super::{Deployment, project};
use account::{Spec, calls as setup};
use gcp::{BindingScope, Request, methods::pubsub};
use jobs::calls;
use std::collections::{BTreeMap, BTreeSet};

/// An identity of the deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// One of the job flow.
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

    /// Its name; a function's is also that of its account.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jobs(identity) => identity.name(),
            Self::ProjectProvisioned => "project-provisioned",
        }
    }

    /// What it must be granted, and where. What acts in a customer's project
    /// is granted in that of `customer`.
    #[must_use]
    pub fn grants(
        self,
        deployment: &Deployment,
        customer: &Spec,
    ) -> BTreeMap<BindingScope, BTreeSet<&'static str>> {
        let (database, topics) = (&deployment.settings.database, &deployment.topics);
        match self {
            Self::Jobs(identity) => {
                let mut calls = identity.calls(&deployment.settings, topics);
                if identity == calls::Identity::Sweep {
                    calls.extend(setup::sweep(database, &deployment.provisioned));
                }
                gcp::grants(&calls)
            }
            Self::ProjectProvisioned => {
                let dead_letter =
                    Request::new(&pubsub::PUBLISH).path("topic", &topics.dead_letters);
                let mut calls = setup::ledger(database);
                calls.push(dead_letter);
                let mut grants = gcp::grants(&calls);
                grants.extend(setup::grants(customer, &project::settings(deployment)));
                grants
            }
        }
    }
}
