//! Stores for when the deployment record is not in a bucket.

use gcp::BoxFuture;
use plan::{DeploymentRecord, RecordStore, RecordStoreError, ResourceId, VersionedRecord};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Keeps a record in memory. The caller persists what the report returns.
pub(crate) struct MemoryStore(Mutex<VersionedRecord>);

impl MemoryStore {
    pub(crate) fn new(record: DeploymentRecord) -> Self {
        Self(Mutex::new(VersionedRecord { record, version: 1 }))
    }

    fn stored(&self) -> MutexGuard<'_, VersionedRecord> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RecordStore for MemoryStore {
    fn location(&self) -> Option<ResourceId> {
        None
    }

    fn load(&self) -> BoxFuture<'_, Result<Option<VersionedRecord>, RecordStoreError>> {
        Box::pin(async { Ok(Some(self.stored().clone())) })
    }

    fn save<'a>(
        &'a self,
        record: &'a DeploymentRecord,
        _: Option<i64>,
    ) -> BoxFuture<'a, Result<i64, RecordStoreError>> {
        Box::pin(async {
            let mut stored = self.stored();
            stored.record = record.clone();
            stored.version += 1;
            Ok(stored.version)
        })
    }
}

/// A record store that stores nothing.
pub(crate) struct NoStore;

impl RecordStore for NoStore {
    fn location(&self) -> Option<ResourceId> {
        None
    }

    fn load(&self) -> BoxFuture<'_, Result<Option<VersionedRecord>, RecordStoreError>> {
        Box::pin(async { Ok(None) })
    }

    fn save<'a>(
        &'a self,
        _: &'a DeploymentRecord,
        _: Option<i64>,
    ) -> BoxFuture<'a, Result<i64, RecordStoreError>> {
        Box::pin(async { Ok(0) })
    }
}
