//! Buckets.

use super::{
    api::api_of,
    context::Context,
    kind::{Deletion, Kind},
    row::Row,
};
use crate::{Fault, FieldValue, ResourceId, StepInput};
use futures_util::{StreamExt, TryStreamExt, stream};
use gcp::{
    ApiPath, Client, Collection, Error, Request,
    methods::storage::{self, BUCKETS, Object},
};
use names::{BucketName, Duration, Location, ManagedFolderName, ProjectId};
use serde_json::{Value, json};
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
    /// Objects that Cloud Storage deletes by itself: a prefix of their names, and
    /// their age in days.
    pub expiry: Option<(String, u32)>,
}

/// How many object versions are deleted concurrently.
const CONCURRENT_DELETES: usize = 32;

impl Kind for Bucket {
    type Name = BucketName;

    const COLLECTION: &'static Collection = &BUCKETS;
    const UID: &'static str = "timeCreated";
    const ROWS: &'static [Row<Self>] = &[
        Row::new(
            "uniform-access",
            "iamConfiguration.uniformBucketLevelAccess.enabled",
            |_| json!(true),
        )
        .needed()
        .absent("false"),
        Row::new(
            "public-access-prevention",
            "iamConfiguration.publicAccessPrevention",
            |_| json!("enforced"),
        )
        .needed(),
        Row::new("location", "location", |b: &Self| {
            json!(b.location.as_str().to_ascii_uppercase())
        })
        .immutable(),
        Row::new(
            "soft-delete-seconds",
            "softDeletePolicy.retentionDurationSeconds",
            |b: &Self| json!(b.soft_delete.as_secs().to_string()),
        )
        .absent("0"),
        Row::new("versioning", "versioning.enabled", |b: &Self| {
            json!(b.versioning)
        })
        .absent("false"),
        Row::new("expiry", "lifecycle.rule", |b: &Self| {
            json!(b.expiry.as_ref().map(|(prefix, days)| [json!({
                "action": { "type": "Delete" },
                "condition": { "age": days, "matchesPrefix": [prefix] },
            })]))
        }),
        Row::labels("labels", |b: &Self| json!(b.labels)),
    ];

    fn name(&self) -> BucketName {
        self.name.clone()
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        api_of(&self.project, "storage.googleapis.com").into()
    }

    fn creation(&self, fields: Value) -> Request {
        let creation = BUCKETS.create(&format!("b/{}", self.name), fields);
        creation.query("project", &self.project)
    }

    fn more_calls(&self) -> Vec<Request> {
        let path = format!("b/{}/o/sample", self.name);
        vec![
            Request::new(&storage::OBJECTS_LIST).path("bucket", &self.name),
            storage::FOLDERS.list(&self.name.path()),
            Request::on(&storage::OBJECTS_DELETE, &path),
        ]
    }

    /// Deletes a bucket with all its objects permanently. If it is interrupted,
    /// the next call continues.
    async fn delete(
        context: &Context<'_>,
        name: &BucketName,
        _: &StepInput,
    ) -> Result<Deletion, Fault> {
        let client = context.client;
        let bucket: Value = client.get(name).await?;
        if bucket["retentionPolicy"]["isLocked"] == true {
            return Err(Fault::RetentionLocked);
        }
        let seconds = FieldValue::from(&bucket["softDeletePolicy"]["retentionDurationSeconds"]);
        if !matches!(seconds.as_text(), Some("" | "0")) {
            let disabled = json!({ "softDeletePolicy": { "retentionDurationSeconds": "0" } });
            client.patch(name, disabled).await?;
        }
        let versions = storage::list_versions(client, name).await?;
        purge(client, name, versions).await?;
        // Those of others, too: a bucket with managed folders cannot be deleted.
        for folder in client.list::<ManagedFolderName>(name).await? {
            let path = format!("{}/managedFolders/{}", name.path(), folder.name);
            match client.answer(&storage::delete_folder_request(&path)).await {
                Err(error) if !error.is_not_found() => return Err(error.into()),
                Ok(_) | Err(_) => {}
            }
        }
        client.delete(name).await?;
        Ok(Deletion::Done)
    }
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
