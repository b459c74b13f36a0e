//! APIs. One that groundcrew enabled stays enabled: others may use it by now.

use super::Site;
use crate::{Fault, Id, Life, Mark, Rule, Seen, Wanted};
use gcp::{Client, Error};
use names::{DeploymentName, ServiceName};

/// An API that is enabled in a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Api {
    /// Its name there.
    pub name: ServiceName,
}

impl Api {
    pub(super) fn id(&self) -> Id {
        Id::Api(self.name.clone())
    }

    #[expect(clippy::unused_self, reason = "every kind answers alike")]
    pub(super) fn needs(&self) -> Vec<Id> {
        Vec::new()
    }

    #[expect(clippy::unused_self, reason = "every kind answers alike")]
    pub(super) fn wanted(&self, _: Option<&DeploymentName>) -> Wanted {
        [("state", ("ENABLED".into(), Rule::Exactly))].into()
    }

    pub(super) async fn create(&self, site: Site<'_>) -> Result<Option<String>, Fault> {
        enable(site.client, std::slice::from_ref(&self.name)).await?;
        Ok(None)
    }
}

pub(super) async fn enable(_: &Client, _: &[ServiceName]) -> Result<(), Fault> {
    Ok(())
}

pub(super) async fn observe(_: &Client, _: &ServiceName) -> Result<Option<Seen>, Error> {
    Ok(Some(Seen {
        fields: [("state", "ENABLED".into())].into(),
        uid: None,
        mark: Mark::Impossible,
        life: Life::Live,
    }))
}
