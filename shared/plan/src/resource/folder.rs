//! Managed folders: only their existence is observed.

use super::{
    bucket,
    context::Context,
    kind::{Deletion, Kind, RecognisedBy},
};
use crate::{Fault, ResourceId, StepInput};
use gcp::{ApiPath, Collection, methods::storage};
use names::{ManagedFolderName, VolumeName};

/// A prefix of object names with its own IAM policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedFolder {
    /// The bucket and the prefix.
    pub name: ManagedFolderName,
}

impl Kind for ManagedFolder {
    type Name = ManagedFolderName;

    const COLLECTION: &'static Collection = &storage::FOLDERS;
    const RECOGNISED_BY: RecognisedBy = RecognisedBy::Container;

    fn name(&self) -> ManagedFolderName {
        self.name.clone()
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        Self::container(&self.name).into_iter().collect()
    }

    fn container(name: &ManagedFolderName) -> Option<ResourceId> {
        Some(ResourceId::Bucket(name.bucket().clone()))
    }

    /// The objects of a volume's folder are deleted first, unless the same plan
    /// deletes the bucket with all its objects. The objects of any other folder
    /// may be someone else's, and stay.
    async fn delete(
        context: &Context<'_>,
        name: &ManagedFolderName,
        input: &StepInput,
    ) -> Result<Deletion, Fault> {
        if VolumeName::from_folder(name).is_some() && input.removed_container.is_none() {
            let versions = storage::list_versions_in(context.client, name).await?;
            bucket::purge(context.client, name.bucket(), versions).await?;
        }
        let delete = storage::delete_folder_request(&name.path());
        context.client.answer(&delete).await?;
        Ok(Deletion::Done)
    }
}
