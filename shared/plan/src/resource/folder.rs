//! Managed folders, of which nothing is known but that they exist.

use super::{Context, Deletion, bucket};
use crate::{Action, DesiredFields, Fault, ObservedState, ResourceId};
use gcp::{Client, Error, methods::storage};
use names::{DeploymentName, ManagedFolderName, VolumeName};

/// A prefix of object names that has a policy of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedFolder {
    /// Its name.
    pub name: ManagedFolderName,
}

impl ManagedFolder {
    pub(super) fn id(&self) -> ResourceId {
        ResourceId::Folder(self.name.clone())
    }

    pub(super) fn needs(&self) -> Vec<ResourceId> {
        vec![ResourceId::Bucket(self.name.bucket().clone())]
    }

    pub(super) fn wanted(&self, _: Option<&DeploymentName>) -> DesiredFields {
        DesiredFields::new()
    }

    pub(super) async fn create(&self, site: Context<'_>) -> Result<Option<String>, Fault> {
        storage::create_folder(site.client, &self.name).await?;
        Ok(None)
    }
}

pub(super) async fn observe(
    client: &Client,
    name: &ManagedFolderName,
) -> Result<Option<ObservedState>, Error> {
    storage::get_folder(client, name).await?;
    Ok(Some(ObservedState::plain()))
}

/// The objects of a volume's folder go first, unless the bucket goes as well
/// and they with it. Those of another folder may be somebody else's, and stay.
pub(super) async fn delete(site: Context<'_>, name: &ManagedFolderName) -> Result<Deletion, Fault> {
    let home = site.plan.step(&ResourceId::Bucket(name.bucket().clone()));
    let all_go = home.is_some_and(|step| step.action == Action::Delete);
    if VolumeName::from_folder(name).is_some() && !all_go {
        let versions = storage::list_versions_in(site.client, name).await?;
        bucket::purge(site.client, name.bucket(), versions).await?;
    }
    storage::delete_folder(site.client, name).await?;
    Ok(Deletion::Done)
}
