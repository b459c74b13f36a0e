//! Managed folders, of which nothing is known but that they exist.

use super::{Gone, Site};
use crate::{Fault, Id, Seen, Wanted};
use gcp::{Client, Error, methods::storage};
use names::{DeploymentName, ManagedFolderName};

/// A prefix of object names that has a policy of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedFolder {
    /// Its name.
    pub name: ManagedFolderName,
}

impl ManagedFolder {
    pub(super) fn id(&self) -> Id {
        Id::Folder(self.name.clone())
    }

    pub(super) fn needs(&self) -> Vec<Id> {
        vec![Id::Bucket(self.name.bucket().clone())]
    }

    pub(super) fn wanted(&self, _: Option<&DeploymentName>) -> Wanted {
        Wanted::new()
    }

    pub(super) async fn create(&self, site: Site<'_>) -> Result<Option<String>, Fault> {
        storage::create_folder(site.client, &self.name).await?;
        Ok(None)
    }
}

pub(super) async fn observe(
    client: &Client,
    name: &ManagedFolderName,
) -> Result<Option<Seen>, Error> {
    storage::get_folder(client, name).await?;
    Ok(Some(Seen::plain()))
}

/// Its objects stay: they go with the bucket.
pub(super) async fn delete(client: &Client, name: &ManagedFolderName) -> Result<Gone, Fault> {
    storage::delete_folder(client, name).await?;
    Ok(Gone::Now)
}
