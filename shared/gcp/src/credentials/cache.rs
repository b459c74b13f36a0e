//! A cache of values that expire, by our own clock.

use names::{Clock, Duration, Timestamp};
use std::{collections::BTreeMap, future::Future, sync::Arc};
use tokio::sync::Mutex;

/// Values that expire, by key. Concurrent callers that miss wait for one fetch
/// together.
pub(super) struct ExpiringCache<T> {
    clock: Arc<dyn Clock>,
    margin: Duration,
    entries: Mutex<BTreeMap<String, (T, Timestamp)>>,
}

impl<T: Clone> ExpiringCache<T> {
    /// A cache that drops a value `margin` before it expires.
    pub(super) fn new(clock: Arc<dyn Clock>, margin: Duration) -> Self {
        Self {
            clock,
            margin,
            entries: Mutex::new(BTreeMap::new()),
        }
    }

    /// The value of `key`, fetched if it is missing or about to expire. `fetch`
    /// returns a value and its expiry.
    pub(super) async fn get<E>(
        &self,
        key: &str,
        fetch: impl Future<Output = Result<(T, Timestamp), E>>,
    ) -> Result<T, E> {
        let mut entries = self.entries.lock().await;
        if let Some((value, expires)) = entries.get(key)
            && self.clock.now() + self.margin < *expires
        {
            return Ok(value.clone());
        }
        let (value, expires) = fetch.await?;
        entries.insert(key.to_owned(), (value.clone(), expires));
        Ok(value)
    }

    pub(super) async fn clear(&self) {
        self.entries.lock().await.clear();
    }
}
