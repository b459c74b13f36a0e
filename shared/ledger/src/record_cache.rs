//! The records that a process last read or wrote, each used by one handler at
//! a time.

use crate::document::StoredRecord;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::OwnedMutexGuard;

/// Exclusive use of one record's place in the cache, and what is in it.
pub(crate) type CacheGuard = OwnedMutexGuard<Option<StoredRecord>>;

/// Cached records by `collection/id`.
#[derive(Debug)]
pub(crate) struct RecordCache {
    capacity: usize,
    entries: Mutex<CacheEntries>,
}

#[derive(Debug, Default)]
struct CacheEntries {
    by_key: BTreeMap<String, CacheEntry>,
    uses: u64,
}

#[derive(Debug)]
struct CacheEntry {
    record: Arc<tokio::sync::Mutex<Option<StoredRecord>>>,
    /// The value of `uses` when it was last locked.
    last_used: u64,
}

impl RecordCache {
    /// A cache of `capacity` records; more only while more are locked.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            entries: Mutex::default(),
        }
    }

    /// Waits until `key` is not locked and locks it, in the order of arrival.
    pub(crate) async fn lock(&self, key: &str) -> CacheGuard {
        // Bound first, so that no std lock is held while waiting.
        let record = self.record(key);
        record.lock_owned().await
    }

    fn record(&self, key: &str) -> Arc<tokio::sync::Mutex<Option<StoredRecord>>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let CacheEntries { by_key, uses } = &mut *entries;
        *uses += 1;
        let entry = by_key.entry(key.to_owned()).or_insert_with(|| CacheEntry {
            record: Arc::default(),
            last_used: 0,
        });
        entry.last_used = *uses;
        let record = Arc::clone(&entry.record);
        while by_key.len() > self.capacity {
            // Whoever holds or awaits the lock has another reference.
            let unlocked = by_key
                .iter()
                .filter(|(_, entry)| Arc::strong_count(&entry.record) == 1);
            let oldest = unlocked.min_by_key(|(_, entry)| entry.last_used);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else {
                break;
            };
            by_key.remove(&key);
        }
        record
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        future::Future,
        pin::pin,
        task::{Context, Poll, Waker},
    };

    fn now<T>(future: impl Future<Output = T>) -> Option<T> {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        }
    }

    fn keys(cache: &RecordCache) -> Vec<String> {
        let entries = cache.entries.lock().expect("nobody panicked");
        entries.by_key.keys().cloned().collect()
    }

    #[test]
    fn a_record_is_locked_once_at_a_time() {
        let cache = RecordCache::new(9);
        let first = now(cache.lock("jobs/a")).expect("free");
        assert!(now(cache.lock("jobs/a")).is_none());
        assert!(now(cache.lock("jobs/b")).is_some());
        drop(first);
        assert!(now(cache.lock("jobs/a")).is_some());
    }

    #[test]
    fn the_oldest_unlocked_record_is_evicted() {
        let cache = RecordCache::new(2);
        let used = now(cache.lock("a")).expect("free");
        drop(now(cache.lock("b")));
        drop(now(cache.lock("c")));
        assert_eq!(keys(&cache), ["a", "c"]);
        let also = now(cache.lock("b")).expect("free");
        assert_eq!(keys(&cache), ["a", "b"]);
        // Nothing is unlocked: the cache grows beyond its capacity until something is.
        let third = now(cache.lock("d")).expect("free");
        assert_eq!(keys(&cache), ["a", "b", "d"]);
        drop((used, also, third));
        drop(now(cache.lock("e")));
        assert_eq!(keys(&cache), ["d", "e"]);
    }
}
