//! Managed folders: only their existence is observed.

use super::{bucket, context::Context, operation::Deletion};
use crate::{DesiredFields, Fault, ObservedState, ResourceId};
use gcp::{Client, Error, Method, Request, methods::storage};
use names::{DeploymentName, ManagedFolderName, VolumeName};
use serde_json::json;

/// A prefix of object names with its own IAM policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedFolder {
    /// The bucket and the prefix.
    pub name: ManagedFolderName,
}

impl ManagedFolder {
    pub(super) fn id(&self) -> ResourceId {
        ResourceId::Folder(self.name.clone())
    }

    pub(super) fn dependencies(&self) -> Vec<ResourceId> {
        vec![ResourceId::Bucket(self.name.bucket().clone())]
    }

    pub(super) fn desired_fields(&self, _: Option<&DeploymentName>) -> DesiredFields {
        DesiredFields::new()
    }

    pub(super) fn calls(&self) -> Vec<Request> {
        let on = |method: &'static Method| {
            Request::new(method)
                .path("bucket", self.name.bucket())
                .path("managedFolder", self.name.prefix())
        };
        vec![
            on(&storage::FOLDERS_INSERT).json(&json!({ "name": self.name.prefix() })),
            on(&storage::FOLDERS_GET),
            on(&storage::FOLDERS_DELETE),
        ]
    }

    pub(super) async fn create(&self, context: &Context<'_>) -> Result<Option<String>, Fault> {
        storage::create_folder(context.client, &self.name).await?;
        Ok(None)
    }
}

pub(super) async fn observe(
    client: &Client,
    name: &ManagedFolderName,
) -> Result<Option<ObservedState>, Error> {
    storage::get_folder(client, name).await?;
    Ok(Some(ObservedState::existing()))
}

/// Deletes a managed folder. The objects of a volume's folder are deleted
/// first, unless the same plan deletes the bucket with all its objects. The
/// objects of any other folder may be someone else's, and stay.
pub(super) async fn delete(
    context: &Context<'_>,
    name: &ManagedFolderName,
) -> Result<Deletion, Fault> {
    let bucket = ResourceId::Bucket(name.bucket().clone());
    if VolumeName::from_folder(name).is_some() && !context.removed.contains(&bucket) {
        let versions = storage::list_versions_in(context.client, name).await?;
        bucket::purge(context.client, name.bucket(), versions).await?;
    }
    storage::delete_folder(context.client, name).await?;
    Ok(Deletion::Done)
}
