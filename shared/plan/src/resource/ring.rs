//! Key rings, of which nothing is known but that they exist.

use super::{Context, Deletion, api_of};
use crate::{DesiredFields, Fault, ObservedState, ResourceId};
use gcp::{Client, Error, methods::kms};
use names::{DeploymentName, KeyRingName};

/// A key ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRing {
    /// Its name.
    pub name: KeyRingName,
}

impl KeyRing {
    pub(super) fn id(&self) -> ResourceId {
        ResourceId::Ring(self.name.clone())
    }

    pub(super) fn needs(&self) -> Vec<ResourceId> {
        api_of(self.name.project(), "cloudkms.googleapis.com")
            .into_iter()
            .collect()
    }

    pub(super) fn wanted(&self, _: Option<&DeploymentName>) -> DesiredFields {
        DesiredFields::new()
    }

    pub(super) async fn create(&self, site: Context<'_>) -> Result<Option<String>, Fault> {
        kms::create_ring(site.client, &self.name).await?;
        Ok(None)
    }
}

pub(super) async fn observe(
    client: &Client,
    name: &KeyRingName,
) -> Result<Option<ObservedState>, Error> {
    kms::get_ring(client, name).await?;
    Ok(Some(ObservedState::plain()))
}

pub(super) async fn delete(client: &Client, name: &KeyRingName) -> Result<Deletion, Fault> {
    let operation = kms::delete_ring(client, name).await?;
    super::done(operation)
}
