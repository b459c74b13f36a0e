//! Key rings, of which nothing is known but that they exist.

use super::{Gone, Site, api_of};
use crate::{Fault, Id, Seen, Wanted};
use gcp::{Client, Error, methods::kms};
use names::{DeploymentName, KeyRingName};

/// A key ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRing {
    /// Its name.
    pub name: KeyRingName,
}

impl KeyRing {
    pub(super) fn id(&self) -> Id {
        Id::Ring(self.name.clone())
    }

    pub(super) fn needs(&self) -> Vec<Id> {
        api_of(self.name.project(), "cloudkms.googleapis.com")
            .into_iter()
            .collect()
    }

    pub(super) fn wanted(&self, _: Option<&DeploymentName>) -> Wanted {
        Wanted::new()
    }

    pub(super) async fn create(&self, site: Site<'_>) -> Result<Option<String>, Fault> {
        kms::create_ring(site.client, &self.name).await?;
        Ok(None)
    }
}

pub(super) async fn observe(client: &Client, name: &KeyRingName) -> Result<Option<Seen>, Error> {
    kms::get_ring(client, name).await?;
    Ok(Some(Seen::plain()))
}

pub(super) async fn delete(client: &Client, name: &KeyRingName) -> Result<Gone, Fault> {
    let operation = kms::delete_ring(client, name).await?;
    super::done(operation)
}
