//! A deployment record that is not in the bucket, because that is gone.

use gcp::BoxFuture;
use plan::{Id, Record, Store, StoreError, Stored};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Keeps a record in memory; whoever has it written down has the report.
pub(crate) struct Kept(Mutex<Stored>);

impl Kept {
    pub(crate) fn new(record: Record) -> Self {
        Self(Mutex::new(Stored { record, version: 1 }))
    }

    fn stored(&self) -> MutexGuard<'_, Stored> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Kept {
    fn home(&self) -> Option<Id> {
        None
    }

    fn load(&self) -> BoxFuture<'_, Result<Option<Stored>, StoreError>> {
        Box::pin(async { Ok(Some(self.stored().clone())) })
    }

    fn save<'a>(
        &'a self,
        record: &'a Record,
        _: Option<i64>,
    ) -> BoxFuture<'a, Result<i64, StoreError>> {
        Box::pin(async {
            let mut stored = self.stored();
            stored.record = record.clone();
            stored.version += 1;
            Ok(stored.version)
        })
    }
}
