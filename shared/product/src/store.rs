//! Keeps the engine's record of a product in the ledger.

use crate::Product;
use gcp::BoxFuture;
use ledger::Ledger;
use plan::{DeploymentRecord, RecordStore, RecordStoreError, ResourceId, VersionedRecord};

/// The engine's record in a product, which exists.
pub(crate) struct ProductStore {
    pub(crate) ledger: Ledger,
    pub(crate) id: names::DeploymentId,
}

impl ProductStore {
    async fn read(&self) -> Result<Option<VersionedRecord>, RecordStoreError> {
        let entry = self.ledger.get::<Product>(&self.id).await.map_err(failed)?;
        Ok(entry.map(|entry| VersionedRecord {
            record: entry.record.resources,
            version: entry.record.version,
        }))
    }

    async fn write(
        &self,
        record: &DeploymentRecord,
        version: i64,
    ) -> Result<i64, RecordStoreError> {
        let next = version + 1;
        let mut is_current = false;
        let written = self.ledger.update::<Product>(&self.id, |before| {
            let current = before.filter(|before| before.version == version);
            // Its own write, whose answer was lost.
            let done = before.filter(|it| it.version == next && it.resources == *record);
            is_current = current.is_some() || done.is_some();
            current.map(|before| Product {
                resources: record.clone(),
                version: next,
                ..before.clone()
            })
        });
        written.await.map_err(failed)?;
        match is_current {
            true => Ok(next),
            false => Err(RecordStoreError::Conflict),
        }
    }
}

impl RecordStore for ProductStore {
    fn location(&self) -> Option<ResourceId> {
        None
    }

    fn load(&self) -> BoxFuture<'_, Result<Option<VersionedRecord>, RecordStoreError>> {
        Box::pin(self.read())
    }

    fn save<'a>(
        &'a self,
        record: &'a DeploymentRecord,
        version: Option<i64>,
    ) -> BoxFuture<'a, Result<i64, RecordStoreError>> {
        Box::pin(self.write(record, version.unwrap_or_default()))
    }
}

fn failed(error: ledger::Error) -> RecordStoreError {
    match error {
        ledger::Error::Api(error) => RecordStoreError::Call(*error),
        ledger::Error::Exists { .. }
        | ledger::Error::Conflict { .. }
        | ledger::Error::Contended { .. } => RecordStoreError::Conflict,
        ledger::Error::TooLarge { .. } | ledger::Error::Unreadable { .. } => {
            RecordStoreError::Unreadable(error.to_string())
        }
    }
}
