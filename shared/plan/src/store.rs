//! Where the deployment record is kept.

use crate::{DeploymentRecord, ResourceId};
use gcp::{
    BoxFuture, Class, Classify, Client,
    methods::storage::{self, Precondition},
};
use names::{BucketName, ObjectName};
use thiserror::Error;

/// A record as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionedRecord {
    /// The record.
    pub record: DeploymentRecord,
    /// What makes a write fail if somebody else wrote in between.
    pub version: i64,
}

/// Why a record could not be read or written.
#[derive(Debug, Error)]
pub enum RecordStoreError {
    /// Somebody else wrote first.
    #[error("somebody else wrote it first")]
    Conflict,
    /// What is there is no record.
    #[error("it is not what groundcrew wrote: {0}")]
    Unreadable(String),
    /// A call failed.
    #[error(transparent)]
    Call(gcp::Error),
}

impl Classify for RecordStoreError {
    fn class(&self) -> Class {
        match self {
            Self::Conflict => Class::Conflict,
            Self::Unreadable(_) => Class::Bug,
            Self::Call(error) => error.class(),
        }
    }
}

/// Keeps one record by compare-and-swap.
pub trait RecordStore: Send + Sync {
    /// The resource that it lies in, where a plan may make that.
    fn home(&self) -> Option<ResourceId>;

    /// Reads it; `None` if there is none, or nothing to keep one in.
    fn load(&self) -> BoxFuture<'_, Result<Option<VersionedRecord>, RecordStoreError>>;

    /// Writes it if it is still of `version` (`None`: if there is none), and
    /// answers its new version.
    fn save<'a>(
        &'a self,
        record: &'a DeploymentRecord,
        version: Option<i64>,
    ) -> BoxFuture<'a, Result<i64, RecordStoreError>>;
}

/// Keeps the record as an object in the deployment's bucket.
pub struct ObjectStore {
    client: Client,
    bucket: BucketName,
    object: ObjectName,
}

impl ObjectStore {
    /// A store in `bucket`.
    ///
    /// # Panics
    /// Never: the object's name is a constant.
    #[must_use]
    pub fn new(client: Client, bucket: BucketName) -> Self {
        Self {
            client,
            bucket,
            object: "groundcrew/deployment.json"
                .parse()
                .expect("an object's name"),
        }
    }

    async fn read(&self) -> Result<Option<VersionedRecord>, RecordStoreError> {
        // The version first: a record that is newer than its version makes the
        // next write fail, an older one would be written over.
        let object = match storage::get_object(&self.client, &self.bucket, &self.object).await {
            Err(error) if error.is_not_found() || crate::resource::is_api_off(&error) => {
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
        let condition = version.map_or(Precondition::Absent, Precondition::Generation);
        let (bucket, object) = (&self.bucket, &self.object);
        let kind = "application/json";
        match storage::insert_object(&self.client, bucket, object, kind, bytes, condition).await {
            Ok(object) => Ok(object.generation),
            Err(error) if error.status() == Some(412) => Err(RecordStoreError::Conflict),
            Err(error) => Err(RecordStoreError::Call(error)),
        }
    }
}

impl RecordStore for ObjectStore {
    fn home(&self) -> Option<ResourceId> {
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
