//! Buckets.

use super::{Context, Deletion, api_of, mark_among};
use crate::{CompareRule, DesiredFields, Fault, Lifecycle, ObservedState, ResourceId, Value};
use futures_util::{StreamExt, TryStreamExt, stream};
use gcp::{
    Client, Error,
    methods::storage::{self, Object},
};
use names::{BucketName, DeploymentName, Duration, Location, ProjectId, label};
use serde_json::json;
use std::collections::BTreeMap;

/// A bucket. Access to it is IAM's alone to say, and never public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: BucketName,
    /// The project that pays for it.
    pub project: ProjectId,
    /// Where it is.
    pub location: Location,
    /// Its labels; the deployment's is added.
    pub labels: BTreeMap<String, String>,
    /// How long deleted objects can be restored: none, or 7 to 90 days.
    pub soft_delete: Duration,
    /// Whether what is overwritten or deleted is kept as a version.
    pub versioning: bool,
}

/// How many versions are deleted at a time.
const AT_A_TIME: usize = 32;

impl Bucket {
    pub(super) fn id(&self) -> ResourceId {
        ResourceId::Bucket(self.name.clone())
    }

    pub(super) fn needs(&self) -> Vec<ResourceId> {
        api_of(&self.project, "storage.googleapis.com")
            .into_iter()
            .collect()
    }

    fn labelled(&self, deployment: &DeploymentName) -> BTreeMap<String, String> {
        let mut labels = self.labels.clone();
        labels.insert(label::DEPLOYMENT.to_owned(), deployment.to_string());
        labels
    }

    pub(super) fn wanted(&self, deployment: Option<&DeploymentName>) -> DesiredFields {
        let mut wanted: DesiredFields = [
            ("uniform-access", ("true".into(), CompareRule::Exactly)),
            (
                "public-access-prevention",
                ("enforced".into(), CompareRule::Exactly),
            ),
        ]
        .into();
        if let Some(deployment) = deployment {
            let location = self.location.as_str().to_ascii_uppercase();
            let seconds = self.soft_delete.as_secs().to_string();
            let labels = Value::Map(self.labelled(deployment));
            wanted.insert("location", (Value::Text(location), CompareRule::Fixed));
            wanted.insert(
                "soft-delete-seconds",
                (Value::Text(seconds), CompareRule::Exactly),
            );
            let versioning = Value::Text(self.versioning.to_string());
            wanted.insert("versioning", (versioning, CompareRule::Exactly));
            wanted.insert("labels", (labels, CompareRule::AtLeast));
        }
        wanted
    }

    fn body(&self, deployment: Option<&DeploymentName>) -> serde_json::Value {
        let mut body = json!({
            "iamConfiguration": {
                "uniformBucketLevelAccess": { "enabled": true },
                "publicAccessPrevention": "enforced",
            },
        });
        if let Some(deployment) = deployment {
            body["labels"] = json!(self.labelled(deployment));
            let seconds = self.soft_delete.as_secs().to_string();
            body["softDeletePolicy"] = json!({ "retentionDurationSeconds": seconds });
            body["versioning"] = json!({ "enabled": self.versioning });
        }
        body
    }

    pub(super) async fn create(&self, site: Context<'_>) -> Result<Option<String>, Fault> {
        let mut body = self.body(Some(site.deployment));
        body["name"] = json!(self.name);
        body["location"] = self.location.as_str().to_ascii_uppercase().into();
        let made = storage::create_bucket(site.client, &self.project, &body).await?;
        Ok(Some(made.time_created))
    }

    pub(super) async fn change(&self, site: Context<'_>, ours: bool) -> Result<(), Fault> {
        let body = self.body(ours.then_some(site.deployment));
        storage::patch_bucket(site.client, &self.name, &body).await?;
        Ok(())
    }
}

pub(super) async fn observe(
    client: &Client,
    name: &BucketName,
) -> Result<Option<ObservedState>, Error> {
    let bucket = storage::get_bucket(client, name).await?;
    let access = &bucket.iam_configuration;
    let text = |value: &dyn ToString| Value::Text(value.to_string());
    Ok(Some(ObservedState {
        fields: [
            (
                "uniform-access",
                text(&access.uniform_bucket_level_access.enabled),
            ),
            (
                "public-access-prevention",
                text(&access.public_access_prevention),
            ),
            ("location", text(&bucket.location)),
            (
                "soft-delete-seconds",
                text(&bucket.soft_delete_policy.retention_duration_seconds),
            ),
            ("versioning", text(&bucket.versioning.enabled)),
            ("labels", Value::Map(bucket.labels.clone())),
        ]
        .into(),
        uid: Some(bucket.time_created.clone()).filter(|time| !time.is_empty()),
        ownership: mark_among(&bucket.labels),
        lifecycle: Lifecycle::Active,
    }))
}

/// Deletes a bucket with all that is in it, for good. Broken off, it continues
/// where it was.
pub(super) async fn delete(client: &Client, name: &BucketName) -> Result<Deletion, Fault> {
    let bucket = storage::get_bucket(client, name).await?;
    if bucket.retention_policy.is_locked {
        return Err(Fault::Locked);
    }
    if bucket.soft_delete_policy.retention_duration_seconds > 0 {
        let nothing = json!({ "softDeletePolicy": { "retentionDurationSeconds": "0" } });
        storage::patch_bucket(client, name, &nothing).await?;
    }
    let versions = storage::list_versions(client, name).await?;
    purge(client, name, versions).await?;
    storage::delete_bucket(client, name).await?;
    Ok(Deletion::Done)
}

/// Deletes these versions, many at a time; what is gone by then is gone.
pub(super) async fn purge(
    client: &Client,
    bucket: &BucketName,
    versions: Vec<Object>,
) -> Result<(), Error> {
    stream::iter(versions)
        .map(|version| async move {
            match storage::delete_version(client, bucket, &version).await {
                Err(error) if !error.is_not_found() => Err(error),
                Ok(()) | Err(_) => Ok(()),
            }
        })
        .buffer_unordered(AT_A_TIME)
        .try_collect()
        .await
}
