//! What expires, kept until shortly before, on our own clock.

use names::{Clock, Duration, Timestamp};
use std::{collections::BTreeMap, future::Future, sync::Arc};
use tokio::sync::Mutex;

/// Values that expire, each under a key. Callers that find nothing wait for
/// one fetch together.
pub(super) struct Cache<T> {
    clock: Arc<dyn Clock>,
    margin: Duration,
    held: Mutex<BTreeMap<String, (T, Timestamp)>>,
}

impl<T: Clone> Cache<T> {
    /// A cache that lets go of a value `margin` before it expires.
    pub(super) fn new(clock: Arc<dyn Clock>, margin: Duration) -> Self {
        Self {
            clock,
            margin,
            held: Mutex::new(BTreeMap::new()),
        }
    }

    /// The value under `key`, or what `fetch` answers: a value and its expiry.
    pub(super) async fn get<E>(
        &self,
        key: &str,
        fetch: impl Future<Output = Result<(T, Timestamp), E>>,
    ) -> Result<T, E> {
        let mut held = self.held.lock().await;
        if let Some((value, expires)) = held.get(key)
            && self.clock.now() + self.margin < *expires
        {
            return Ok(value.clone());
        }
        let (value, expires) = fetch.await?;
        held.insert(key.to_owned(), (value.clone(), expires));
        Ok(value)
    }

    pub(super) async fn clear(&self) {
        self.held.lock().await.clear();
    }
}
