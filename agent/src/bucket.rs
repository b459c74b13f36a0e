//! Objects of the deployment's bucket, each created once and never changed.

use crate::backoff;
use bytes::Bytes;
use gcp::{
    Client,
    methods::storage::{self, Precondition},
};
use names::{BucketName, Duration, ObjectName};

/// The bucket that claims, logs and exit records go to.
#[derive(Clone)]
pub(crate) struct Bucket {
    client: Client,
    name: BucketName,
    retry: Duration,
}

/// Who created an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Created {
    /// This request did.
    Now,
    /// It was there: an earlier request did, ours or somebody else's.
    Before,
}

impl Bucket {
    /// `name`, reached through `client`; a failed request is first sent again
    /// after `retry`.
    pub(crate) fn new(client: Client, name: BucketName, retry: Duration) -> Self {
        Self {
            client,
            name,
            retry,
        }
    }

    /// Creates `object` unless it exists, however often that must be tried.
    pub(crate) async fn create(
        &self,
        object: &ObjectName,
        content_type: &'static str,
        bytes: Bytes,
    ) -> Created {
        let mut backoff = backoff::starting_at(self.retry);
        loop {
            let made = storage::insert_object(
                &self.client,
                &self.name,
                object,
                content_type,
                bytes.clone(),
                Precondition::Absent,
            );
            match made.await {
                Ok(_) => return Created::Now,
                Err(e) if e.is_precondition() => return Created::Before,
                // Should Google ask for `storage.objects.delete` before it
                // looks at the precondition, an object that is there answers 403.
                Err(e) if e.is_denied() && self.exists(object).await => return Created::Before,
                Err(e) => {
                    tracing::warn!(%object, error = %e, "not written yet");
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

    /// Reads `object`, however often that must be tried; `None` if it is not there.
    pub(crate) async fn read(&self, object: &ObjectName) -> Option<Bytes> {
        let mut backoff = backoff::starting_at(self.retry);
        loop {
            match storage::read_object(&self.client, &self.name, object).await {
                Ok(bytes) => return Some(bytes),
                Err(e) if e.is_not_found() => return None,
                Err(e) => {
                    tracing::warn!(%object, error = %e, "not read yet");
                    backoff.wait().await;
                }
            }
        }
    }
}
