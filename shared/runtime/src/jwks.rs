//! Google's public keys, fetched as seldom as may be.

use crate::AuthError;
use bytes::Bytes;
use futures_util::{FutureExt, future::Shared};
use gcp::{BoxFuture, Transport};
use http::{HeaderMap, Request, header};
use jsonwebtoken::DecodingKey;
use names::{Clock, Duration, Timestamp};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The time limit of a fetch.
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);
/// The least time between two fetches: whatever key ids are forged, they
/// cause one fetch in this time, and each of them one in [`UNKNOWN_TTL`].
const FETCH_INTERVAL: Duration = Duration::from_secs(30);
/// The least time between a fetch that failed and the next.
const RETRY_INTERVAL: Duration = Duration::from_secs(2);
/// How long keys that cannot be refreshed are still used.
const MAX_STALE: Duration = Duration::from_secs(24 * 3600);
/// How long keys are fresh when the answer does not say.
const DEFAULT_AGE: Duration = Duration::from_secs(3600);
/// The limit on cached keys: more than any set of Google's has.
const MAX_KEYS: usize = 64;

/// How long a key id is remembered that a fetched set did not have.
const UNKNOWN_TTL: Duration = Duration::from_secs(300);
/// How many such key ids are remembered at a time.
const MAX_UNKNOWN: usize = 256;

/// The keys at one URL.
///
/// A fetch is a task of its own, and only requests without a usable key wait for
/// it: a stale key is used at once, and a cancelled request does not cancel the
/// fetch. Cloud Run freezes tasks between two deliveries; a fetch that times out
/// because of that is repeated at the next delivery, and stale keys are used for
/// a day.
pub(crate) struct KeySet {
    source: KeySource,
    cache: Arc<Mutex<KeyCache>>,
}

#[derive(Clone)]
struct KeySource {
    transport: Arc<dyn Transport>,
    url: String,
    clock: Arc<dyn Clock>,
}

/// A fetch under way. It ends with the cache brought up to date.
type PendingFetch = Shared<BoxFuture<'static, ()>>;

struct KeyCache {
    keys: BTreeMap<String, Arc<DecodingKey>>,
    fresh_until: Timestamp,
    next_fetch: Timestamp,
    fault: String,
    /// Key ids that are not in the set, and until when nothing is fetched for them.
    unknown: BTreeMap<String, Timestamp>,
    fetch: Option<PendingFetch>,
}

/// How a request for a key id is answered.
enum KeyLookup {
    Use(Arc<DecodingKey>),
    /// Use it, and refresh the set.
    Refresh(Arc<DecodingKey>),
    Fetch,
    Refuse(AuthError),
}

impl KeyCache {
    fn look(&self, kid: &str, now: Timestamp) -> KeyLookup {
        let may_fetch = now >= self.next_fetch;
        let usable = now < self.fresh_until + MAX_STALE;
        let unknown = usable && self.unknown.get(kid).is_some_and(|until| now < *until);
        match self.keys.get(kid) {
            Some(key) if now < self.fresh_until || (usable && !may_fetch) => {
                KeyLookup::Use(key.clone())
            }
            Some(key) if usable => KeyLookup::Refresh(key.clone()),
            None if unknown => KeyLookup::Refuse(AuthError::UnknownKey),
            Some(_) | None if may_fetch => KeyLookup::Fetch,
            None if usable && !self.keys.is_empty() => KeyLookup::Refuse(AuthError::UnknownKey),
            Some(_) | None => KeyLookup::Refuse(AuthError::NoKeys(self.fault.clone())),
        }
    }

    fn remember_unknown(&mut self, kid: &str, now: Timestamp) {
        if self.unknown.len() >= MAX_UNKNOWN {
            self.unknown.retain(|_, until| now < *until);
        }
        if self.unknown.len() < MAX_UNKNOWN {
            self.unknown.insert(kid.to_owned(), now + UNKNOWN_TTL);
        }
    }
}

impl KeySet {
    pub(crate) fn new(transport: Arc<dyn Transport>, url: &str, clock: Arc<dyn Clock>) -> Self {
        Self {
            source: KeySource {
                transport,
                url: url.to_owned(),
                clock,
            },
            cache: Arc::new(Mutex::new(KeyCache {
                keys: BTreeMap::new(),
                fresh_until: Timestamp::from_micros(i64::MIN),
                next_fetch: Timestamp::from_micros(i64::MIN),
                fault: String::new(),
                unknown: BTreeMap::new(),
                fetch: None,
            })),
        }
    }

    /// The key of id `kid`; waits only if there is none and one may be had.
    pub(crate) async fn key(
        &self,
        kid: &str,
        now: Timestamp,
    ) -> Result<Arc<DecodingKey>, AuthError> {
        match self.look(kid, now) {
            KeyLookup::Use(key) => return Ok(key),
            KeyLookup::Refuse(error) => return Err(error),
            KeyLookup::Refresh(key) => {
                drop(self.fetch());
                return Ok(key);
            }
            KeyLookup::Fetch => self.fetch().await,
        }
        // A fetch moves `next_fetch` past `now`, so this never asks for another.
        match self.look(kid, now) {
            KeyLookup::Use(key) | KeyLookup::Refresh(key) => Ok(key),
            KeyLookup::Refuse(error) => {
                if error == AuthError::UnknownKey {
                    lock(&self.cache).remember_unknown(kid, now);
                }
                Err(error)
            }
            KeyLookup::Fetch => Err(AuthError::NoKeys("the clock ran backwards".into())),
        }
    }

    fn look(&self, kid: &str, now: Timestamp) -> KeyLookup {
        lock(&self.cache).look(kid, now)
    }

    /// The fetch under way, or a new one.
    fn fetch(&self) -> PendingFetch {
        let mut cache = lock(&self.cache);
        let begin = || {
            let (source, cache) = (self.source.clone(), Arc::downgrade(&self.cache));
            let fetch = async move {
                let fetched = source.fetch().await;
                // Without the set there is nobody to tell.
                if let Some(cache) = cache.upgrade() {
                    lock(&cache).update(fetched, &source);
                }
            };
            let fetch = fetch.boxed().shared();
            tokio::spawn(fetch.clone());
            fetch
        };
        cache.fetch.get_or_insert_with(begin).clone()
    }
}

fn lock(cache: &Mutex<KeyCache>) -> MutexGuard<'_, KeyCache> {
    cache.lock().unwrap_or_else(PoisonError::into_inner)
}

type FetchResult = Result<(BTreeMap<String, Arc<DecodingKey>>, Duration), String>;

impl KeyCache {
    fn update(&mut self, fetched: FetchResult, source: &KeySource) {
        let now = source.clock.now();
        self.fetch = None;
        match fetched {
            Ok((keys, age)) => {
                self.keys = keys;
                self.fresh_until = now + age.max(FETCH_INTERVAL);
                self.next_fetch = now + FETCH_INTERVAL;
            }
            Err(fault) => {
                tracing::warn!(jwks.url = source.url, error = fault, "key set not fetched");
                self.fault = fault;
                self.next_fetch = now + RETRY_INTERVAL;
            }
        }
    }
}

impl KeySource {
    async fn fetch(&self) -> FetchResult {
        let request = Request::get(&self.url)
            .body(Bytes::new())
            .map_err(|e| e.to_string())?;
        let answer = tokio::time::timeout(FETCH_TIMEOUT, self.transport.send(request))
            .await
            .map_err(|_| format!("no answer in {} s", FETCH_TIMEOUT.as_secs()))?
            .map_err(|e| e.to_string())?;
        if !answer.status().is_success() {
            return Err(format!("status {}", answer.status().as_u16()));
        }
        let keys = parse(answer.body())?;
        Ok((keys, age(answer.headers())))
    }
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    #[serde(default)]
    kty: String,
    #[serde(default)]
    kid: String,
    alg: Option<String>,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
}

/// The RSA keys of a set; other kinds are passed over.
fn parse(body: &[u8]) -> Result<BTreeMap<String, Arc<DecodingKey>>, String> {
    let set: Set = serde_json::from_slice(body).map_err(|e| format!("key set: {e}"))?;
    let keys: BTreeMap<_, _> = set
        .keys
        .into_iter()
        .filter(|key| key.kty == "RSA" && key.alg.as_deref().is_none_or(|alg| alg == "RS256"))
        .take(MAX_KEYS)
        .filter_map(|key| {
            let decoding = DecodingKey::from_rsa_components(&key.n, &key.e).ok()?;
            Some((key.kid, Arc::new(decoding)))
        })
        .collect();
    if keys.is_empty() {
        return Err("key set: no RSA key in it".into());
    }
    Ok(keys)
}

/// How long the answer is fresh: `Cache-Control: max-age` less `Age`.
fn age(headers: &HeaderMap) -> Duration {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
    let max = text(header::CACHE_CONTROL).and_then(|value| {
        let parts = value.split(',').map(str::trim);
        parts
            .filter_map(|part| part.strip_prefix("max-age=")?.parse().ok())
            .next()
    });
    let spent = text(header::AGE)
        .and_then(|value| value.parse().ok())
        .unwrap_or(0);
    match max {
        Some(seconds) => Duration::from_secs(u64::saturating_sub(seconds, spent)).min(MAX_STALE),
        None => DEFAULT_AGE,
    }
}

#[cfg(test)]
#[path = "jwks_tests.rs"]
mod tests;
