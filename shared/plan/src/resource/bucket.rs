//! Buckets.

use super::{api::api_of, context::Context, mark::ownership_from_labels, operation::Deletion};
use crate::{CompareRule, DesiredFields, Fault, FieldValue, Lifecycle, ObservedState, ResourceId};
use futures_util::{StreamExt, TryStreamExt, stream};
use gcp::{
    Client, Error, Method, Request,
    methods::storage::{self, Object},
};
use names::{BucketName, DeploymentName, Duration, Location, ProjectId, label};
use serde_json::json;
use std::collections::BTreeMap;

/// A bucket with uniform bucket-level access and public access prevention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Globally unique name.
    pub name: BucketName,
    /// The project that contains and pays for it.
    pub project: ProjectId,
    /// A region, dual-region or multi-region.
    pub location: Location,
    /// Its labels; the deployment's mark is added.
    pub labels: BTreeMap<String, String>,
    /// How long deleted objects can be restored: zero, or 7 to 90 days.
    pub soft_delete: Duration,
    /// Whether overwritten and deleted objects are kept as noncurrent versions.
    pub versioning: bool,
}

/// How many object versions are deleted concurrently.
const CONCURRENT_DELETES: usize = 32;

impl Bucket {
    pub(super) fn id(&self) -> ResourceId {
        ResourceId::Bucket(self.name.clone())
    }

    pub(super) fn dependencies(&self) -> Vec<ResourceId> {
        api_of(&self.project, "storage.googleapis.com")
            .into_iter()
            .collect()
    }

    fn all_labels(&self, deployment: &DeploymentName) -> BTreeMap<String, String> {
        let mut labels = self.labels.clone();
        labels.insert(label::DEPLOYMENT.to_owned(), deployment.to_string());
        labels
    }

    pub(super) fn desired_fields(&self, deployment: Option<&DeploymentName>) -> DesiredFields {
        let mut fields: DesiredFields = [
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
            let labels = FieldValue::Map(self.all_labels(deployment));
            fields.insert(
                "location",
                (FieldValue::Text(location), CompareRule::Immutable),
            );
            fields.insert(
                "soft-delete-seconds",
                (FieldValue::Text(seconds), CompareRule::Exactly),
            );
            let versioning = FieldValue::Text(self.versioning.to_string());
            fields.insert("versioning", (versioning, CompareRule::Exactly));
            fields.insert("labels", (labels, CompareRule::Contains));
        }
        fields
    }

    fn body(&self, deployment: Option<&DeploymentName>) -> serde_json::Value {
        let mut body = json!({
            "iamConfiguration": {
                "uniformBucketLevelAccess": { "enabled": true },
                "publicAccessPrevention": "enforced",
            },
        });
        if let Some(deployment) = deployment {
            body["labels"] = json!(self.all_labels(deployment));
            let seconds = self.soft_delete.as_secs().to_string();
            body["softDeletePolicy"] = json!({ "retentionDurationSeconds": seconds });
            body["versioning"] = json!({ "enabled": self.versioning });
        }
        body
    }

    pub(super) fn calls(&self) -> Vec<Request> {
        let on = |method: &'static Method| Request::new(method).path("bucket", &self.name);
        vec![
            Request::new(&storage::BUCKETS_INSERT).query("project", &self.project),
            on(&storage::BUCKETS_GET),
            on(&storage::BUCKETS_PATCH),
            on(&storage::BUCKETS_DELETE),
            on(&storage::OBJECTS_LIST),
            on(&storage::OBJECTS_DELETE).path("object", "sample"),
        ]
    }

    pub(super) async fn create(&self, context: &Context<'_>) -> Result<Option<String>, Fault> {
        let mut body = self.body(Some(context.deployment));
        body["name"] = json!(self.name);
        body["location"] = self.location.as_str().to_ascii_uppercase().into();
        let created = storage::create_bucket(context.client, &self.project, &body).await?;
        Ok(Some(created.time_created))
    }

    pub(super) async fn change(&self, context: &Context<'_>, ours: bool) -> Result<(), Fault> {
        let body = self.body(ours.then_some(context.deployment));
        storage::patch_bucket(context.client, &self.name, &body).await?;
        Ok(())
    }
}

pub(super) async fn observe(
    client: &Client,
    name: &BucketName,
) -> Result<Option<ObservedState>, Error> {
    let bucket = storage::get_bucket(client, name).await?;
    let access = &bucket.iam_configuration;
    let text = |value: &dyn ToString| FieldValue::Text(value.to_string());
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
            ("labels", FieldValue::Map(bucket.labels.clone())),
        ]
        .into(),
        uid: Some(bucket.time_created.clone()).filter(|time| !time.is_empty()),
        ownership: ownership_from_labels(&bucket.labels),
        lifecycle: Lifecycle::Active,
    }))
}

/// Deletes a bucket with all its objects permanently. If it is interrupted, the
/// next call continues.
pub(super) async fn delete(client: &Client, name: &BucketName) -> Result<Deletion, Fault> {
    let bucket = storage::get_bucket(client, name).await?;
    if bucket.retention_policy.is_locked {
        return Err(Fault::RetentionLocked);
    }
    if bucket.soft_delete_policy.retention_duration_seconds > 0 {
        let disabled = json!({ "softDeletePolicy": { "retentionDurationSeconds": "0" } });
        storage::patch_bucket(client, name, &disabled).await?;
    }
    let versions = storage::list_versions(client, name).await?;
    purge(client, name, versions).await?;
    storage::delete_bucket(client, name).await?;
    Ok(Deletion::Done)
}

/// Deletes object versions concurrently, and skips those that are gone already.
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
        .buffer_unordered(CONCURRENT_DELETES)
        .try_collect()
        .await
}
