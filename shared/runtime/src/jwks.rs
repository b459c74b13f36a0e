//! Google's public keys, fetched as seldom as may be.

use crate::AuthError;
use bytes::Bytes;
use gcp::Transport;
use http::{HeaderMap, Request, header};
use jsonwebtoken::DecodingKey;
use names::{Clock, Duration, Timestamp};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// How long a fetch may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The least time between two fetches: whatever key ids are forged, they
/// cause one fetch in this time.
const PAUSE: Duration = Duration::from_secs(30);
/// The least time between a fetch that failed and the next.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(2);
/// How long keys that cannot be refreshed are still used.
const STALE: Duration = Duration::from_secs(24 * 3600);
/// How long keys are fresh when the answer does not say.
const DEFAULT_AGE: Duration = Duration::from_secs(3600);
/// More keys than any set of Google's has.
const KEYS: usize = 64;

/// The keys at one URL.
pub(crate) struct KeySet {
    transport: Arc<dyn Transport>,
    url: String,
    clock: Arc<dyn Clock>,
    cache: Mutex<Cache>,
    fetching: tokio::sync::Mutex<()>,
}

struct Cache {
    keys: BTreeMap<String, Arc<DecodingKey>>,
    fresh_until: Timestamp,
    next_fetch: Timestamp,
    fault: String,
}

/// What to do about a key id.
enum Look {
    Use(Arc<DecodingKey>),
    /// Use it, after trying to refresh the set unless somebody else is at it.
    Refresh(Arc<DecodingKey>),
    Fetch,
    Refuse(AuthError),
}

impl Cache {
    fn look(&self, kid: &str, now: Timestamp) -> Look {
        let may_fetch = now >= self.next_fetch;
        let usable = now < self.fresh_until + STALE;
        match self.keys.get(kid) {
            Some(key) if now < self.fresh_until || (usable && !may_fetch) => Look::Use(key.clone()),
            Some(key) if usable => Look::Refresh(key.clone()),
            Some(_) | None if may_fetch => Look::Fetch,
            None if usable && !self.keys.is_empty() => Look::Refuse(AuthError::UnknownKey),
            Some(_) | None => Look::Refuse(AuthError::NoKeys(self.fault.clone())),
        }
    }
}

impl KeySet {
    pub(crate) fn new(transport: Arc<dyn Transport>, url: &str, clock: Arc<dyn Clock>) -> Self {
        Self {
            transport,
            url: url.to_owned(),
            clock,
            cache: Mutex::new(Cache {
                keys: BTreeMap::new(),
                fresh_until: Timestamp::from_micros(i64::MIN),
                next_fetch: Timestamp::from_micros(i64::MIN),
                fault: String::new(),
            }),
            fetching: tokio::sync::Mutex::new(()),
        }
    }

    /// The key of id `kid`. One caller fetches; those who have a key, stale
    /// or not, do not wait for it.
    pub(crate) async fn key(
        &self,
        kid: &str,
        now: Timestamp,
    ) -> Result<Arc<DecodingKey>, AuthError> {
        let _one = match self.look(kid, now) {
            Look::Use(key) => return Ok(key),
            Look::Refuse(error) => return Err(error),
            Look::Refresh(key) => match self.fetching.try_lock() {
                Ok(one) => one,
                Err(_) => return Ok(key),
            },
            Look::Fetch => self.fetching.lock().await,
        };
        // Somebody else may have fetched in the meantime.
        if let Look::Refresh(_) | Look::Fetch = self.look(kid, now) {
            self.fetch().await;
        }
        // A fetch moves `next_fetch` past `now`, so this never asks for another.
        match self.look(kid, now) {
            Look::Use(key) | Look::Refresh(key) => Ok(key),
            Look::Refuse(error) => Err(error),
            Look::Fetch => Err(AuthError::NoKeys("the clock ran backwards".into())),
        }
    }

    fn look(&self, kid: &str, now: Timestamp) -> Look {
        self.cache().look(kid, now)
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn fetch(&self) {
        let fetched = self.try_fetch().await;
        let now = self.clock.now();
        let mut cache = self.cache();
        match fetched {
            Ok((keys, age)) => {
                cache.keys = keys;
                cache.fresh_until = now + age.max(PAUSE);
                cache.next_fetch = now + PAUSE;
            }
            Err(fault) => {
                tracing::warn!(jwks.url = self.url, error = fault, "key set not fetched");
                cache.fault = fault;
                cache.next_fetch = now + PAUSE_AFTER_FAILURE;
            }
        }
    }

    async fn try_fetch(&self) -> Result<(BTreeMap<String, Arc<DecodingKey>>, Duration), String> {
        let request = Request::get(&self.url)
            .body(Bytes::new())
            .map_err(|e| e.to_string())?;
        let answer = tokio::time::timeout(PATIENCE, self.transport.send(request))
            .await
            .map_err(|_| format!("no answer in {} s", PATIENCE.as_secs()))?
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
        .take(KEYS)
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
        Some(seconds) => Duration::from_secs(u64::saturating_sub(seconds, spent)).min(STALE),
        None => DEFAULT_AGE,
    }
}
