//! Objects in the deployment's bucket, each created once and never changed.

use crate::backoff;
use bytes::Bytes;
use gcp::{
    Client,
    methods::storage::{self, Precondition},
};
use names::{BucketName, Duration, ObjectName};

/// The bucket for claims, logs and exit records.
#[derive(Clone)]
pub(crate) struct Bucket {
    client: Client,
    name: BucketName,
    retry: Duration,
}

/// The result of creating an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CreateResult {
    /// This request created it.
    Created,
    /// It exists: an earlier request of this or of another machine created it.
    AlreadyExists,
}

impl Bucket {
    /// The bucket `name`. `retry` is the first wait of the backoff.
    pub(crate) fn new(client: Client, name: BucketName, retry: Duration) -> Self {
        Self {
            client,
            name,
            retry,
        }
    }

    /// Creates `object` unless it exists. Retries until that succeeds.
    pub(crate) async fn create(
        &self,
        object: &ObjectName,
        content_type: &'static str,
        bytes: Bytes,
    ) -> CreateResult {
        let mut backoff = backoff::starting_at(self.retry);
        loop {
            let request = storage::insert_object(
                &self.client,
                &self.name,
                object,
                content_type,
                bytes.clone(),
                Precondition::Absent,
            );
            match request.await {
                Ok(_) => return CreateResult::Created,
                Err(e) if e.is_precondition() => return CreateResult::AlreadyExists,
                // If Google checks for `storage.objects.delete` before the
                // precondition, an object that exists is answered with 403.
                Err(e) if e.is_denied() && self.exists(object).await => {
                    return CreateResult::AlreadyExists;
                }
                Err(e) => {
                    tracing::warn!(%object, error = %e, "write failed, retrying");
                    backoff.wait().await;
                }
            }
        }
    }

    async fn exists(&self, object: &ObjectName) -> bool {
        storage::read_object(&self.client, &self.name, object)
            .await
            .is_ok()
    }

    /// Reads `object`; `None` if it does not exist. Retries until that succeeds.
    pub(crate) async fn read(&self, object: &ObjectName) -> Option<Bytes> {
        let mut backoff = backoff::starting_at(self.retry);
        loop {
            match storage::read_object(&self.client, &self.name, object).await {
                Ok(bytes) => return Some(bytes),
                Err(e) if e.is_not_found() => return None,
                Err(e) => {
                    tracing::warn!(%object, error = %e, "read failed, retrying");
                    backoff.wait().await;
                }
            }
        }
    }
}
