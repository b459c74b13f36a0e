//! One process's desk: one handler at a time sits at a record, and finds what
//! the one before left there.

use crate::document::StoredRecord;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::OwnedMutexGuard;

/// What the last handler of a record left, held by the one who sits there.
pub(crate) type CacheGuard = OwnedMutexGuard<Option<StoredRecord>>;

/// The places of a process, by `collection/id`.
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
    /// Which sitting was the last here.
    last_used: u64,
}

impl RecordCache {
    /// A desk with `room` places, and more only while more are in use.
    pub(crate) fn new(room: usize) -> Self {
        Self {
            capacity: room,
            entries: Mutex::default(),
        }
    }

    /// Waits for the place of `key` and takes it, in the order of arrival.
    pub(crate) async fn lock(&self, key: &str) -> CacheGuard {
        // Bound first, so that no std lock is held while waiting.
        let place = self.place(key);
        place.lock_owned().await
    }

    fn place(&self, key: &str) -> Arc<tokio::sync::Mutex<Option<StoredRecord>>> {
        let mut places = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let CacheEntries {
            by_key,
            uses: sittings,
        } = &mut *places;
        *sittings += 1;
        let kept = by_key.entry(key.to_owned()).or_insert_with(|| CacheEntry {
            record: Arc::default(),
            last_used: 0,
        });
        kept.last_used = *sittings;
        let place = Arc::clone(&kept.record);
        while by_key.len() > self.capacity {
            // Whoever sits or waits holds the place's other reference.
            let free = by_key
                .iter()
                .filter(|(_, kept)| Arc::strong_count(&kept.record) == 1);
            let oldest = free.min_by_key(|(_, kept)| kept.last_used);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else {
                break;
            };
            by_key.remove(&key);
        }
        place
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

    fn keys(desk: &RecordCache) -> Vec<String> {
        let places = desk.entries.lock().expect("nobody panicked");
        places.by_key.keys().cloned().collect()
    }

    #[test]
    fn one_at_a_time_sits_at_a_record() {
        let desk = RecordCache::new(9);
        let first = now(desk.lock("jobs/a")).expect("free");
        assert!(now(desk.lock("jobs/a")).is_none());
        assert!(now(desk.lock("jobs/b")).is_some());
        drop(first);
        assert!(now(desk.lock("jobs/a")).is_some());
    }

    #[test]
    fn the_oldest_place_that_nobody_uses_makes_room() {
        let desk = RecordCache::new(2);
        let used = now(desk.lock("a")).expect("free");
        drop(now(desk.lock("b")));
        drop(now(desk.lock("c")));
        assert_eq!(keys(&desk), ["a", "c"]);
        let also = now(desk.lock("b")).expect("free");
        assert_eq!(keys(&desk), ["a", "b"]);
        // Nothing is free: more places than room, for as long as it takes.
        let third = now(desk.lock("d")).expect("free");
        assert_eq!(keys(&desk), ["a", "b", "d"]);
        drop((used, also, third));
        drop(now(desk.lock("e")));
        assert_eq!(keys(&desk), ["d", "e"]);
    }
}
