//! Storage of the deployment record.

use crate::{DeploymentRecord, RecordStoreError, ResourceId, error::is_absent};
use gcp::{
    BoxFuture, Client, Method, Request,
    methods::storage::{self, Precondition},
};
use names::{BucketName, ObjectName};

/// A deployment record as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionedRecord {
    /// Its content.
    pub record: DeploymentRecord,
    /// Makes a later write fail if someone else wrote in between.
    pub version: i64,
}

/// Stores one deployment record by compare-and-swap.
pub trait RecordStore: Send + Sync {
    /// The resource that contains it, if a plan may create that resource.
    fn location(&self) -> Option<ResourceId>;

    /// Reads the record; `None` if it or the resource that contains it does not
    /// exist.
    fn load(&self) -> BoxFuture<'_, Result<Option<VersionedRecord>, RecordStoreError>>;

    /// Writes the record if the stored version is still `version` (`None`: if
    /// there is none yet), and answers with the new version.
    fn save<'a>(
        &'a self,
        record: &'a DeploymentRecord,
        version: Option<i64>,
    ) -> BoxFuture<'a, Result<i64, RecordStoreError>>;
}

/// Stores the record as an object in the deployment's bucket.
pub struct ObjectStore {
    client: Client,
    bucket: BucketName,
    object: ObjectName,
}

impl ObjectStore {
    const OBJECT: &str = "groundcrew/deployment.json";

    /// A store in `bucket`.
    ///
    /// # Panics
    /// Never: the object's name is a constant.
    #[must_use]
    pub fn new(client: Client, bucket: BucketName) -> Self {
        Self {
            client,
            bucket,
            object: Self::OBJECT.parse().expect("an object's name"),
        }
    }

    /// A sample of every request of a store in `bucket`.
    #[must_use]
    pub fn calls(bucket: &BucketName) -> Vec<Request> {
        let on = |method: &'static Method| Request::new(method).path("bucket", bucket);
        vec![
            on(&storage::OBJECTS_GET).path("object", Self::OBJECT),
            on(&storage::OBJECTS_GET_MEDIA).path("object", Self::OBJECT),
            on(&storage::OBJECTS_INSERT)
                .query("name", Self::OBJECT)
                .query("ifGenerationMatch", 1),
        ]
    }

    async fn read(&self) -> Result<Option<VersionedRecord>, RecordStoreError> {
        // The version is read first: a record that is newer than its version makes
        // the next write fail, an older one would be overwritten.
        let object = match storage::get_object(&self.client, &self.bucket, &self.object).await {
            Err(error) if is_absent(&error) => {
                return Ok(None);
            }
            object => object.map_err(RecordStoreError::Call)?,
        };
        let bytes = storage::read_object(&self.client, &self.bucket, &self.object).await;
        let bytes = bytes.map_err(RecordStoreError::Call)?;
        let record = serde_json::from_slice(&bytes);
        Ok(Some(VersionedRecord {
            record: record.map_err(|e| RecordStoreError::Unreadable(e.to_string()))?,
            version: object.generation,
        }))
    }

    async fn write(
        &self,
        record: &DeploymentRecord,
        version: Option<i64>,
    ) -> Result<i64, RecordStoreError> {
        let bytes = serde_json::to_vec_pretty(record);
        let bytes = bytes.map_err(|e| RecordStoreError::Unreadable(e.to_string()))?;
        let precondition = version.map_or(Precondition::Absent, Precondition::Generation);
        let (bucket, object) = (&self.bucket, &self.object);
        let content_type = "application/json";
        let inserted = storage::insert_object(
            &self.client,
            bucket,
            object,
            content_type,
            bytes,
            precondition,
        );
        match inserted.await {
            Ok(object) => Ok(object.generation),
            Err(error) if error.is_precondition() => Err(RecordStoreError::Conflict),
            Err(error) => Err(RecordStoreError::Call(error)),
        }
    }
}

impl RecordStore for ObjectStore {
    fn location(&self) -> Option<ResourceId> {
        Some(ResourceId::Bucket(self.bucket.clone()))
    }

    fn load(&self) -> BoxFuture<'_, Result<Option<VersionedRecord>, RecordStoreError>> {
        Box::pin(self.read())
    }

    fn save<'a>(
        &'a self,
        record: &'a DeploymentRecord,
        version: Option<i64>,
    ) -> BoxFuture<'a, Result<i64, RecordStoreError>> {
        Box::pin(self.write(record, version))
    }
}
