//! The metadata server: a machine's or a function's own identity and facts.

use super::{InvalidateTokens, cache::Cache, token};
use crate::{BoxFuture, ResponseTimeout, SendError, Transport};
use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use gcp_auth::{Error, Token, TokenProvider};
use http::{Request, header::ETAG};
use names::{Clock, Duration, Timestamp};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use thiserror::Error as ThisError;

const PATIENCE: Duration = Duration::from_secs(10);
const TOKEN_MARGIN: Duration = Duration::from_secs(60);
const IDENTITY_MARGIN: Duration = Duration::from_secs(300);

/// The metadata server at one address.
pub struct MetadataServer {
    transport: Arc<dyn Transport>,
    base: String,
    clock: Arc<dyn Clock>,
    tokens: Cache<Arc<Token>>,
    identities: Cache<String>,
}

/// The metadata server did not answer what was asked.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum MetadataError {
    /// It answered with an error: 404 for what is not there, 503 while the
    /// machine is being moved or started.
    #[error("metadata server: {status} on {path}: {message}")]
    Status {
        /// What was asked, below `/computeMetadata/v1/`.
        path: String,
        /// The HTTP status.
        status: u16,
        /// The beginning of its answer.
        message: String,
    },
    /// It did not answer.
    #[error("metadata server: {path}: {error}")]
    Send {
        /// What was asked, below `/computeMetadata/v1/`.
        path: String,
        /// What happened instead.
        error: SendError,
    },
    /// Its answer cannot be read.
    #[error("metadata server: {path}: not {expected}")]
    Answer {
        /// What was asked, below `/computeMetadata/v1/`.
        path: String,
        /// What the answer should have been.
        expected: &'static str,
    },
}

impl MetadataError {
    /// The HTTP status that it answered with.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            Self::Send { .. } | Self::Answer { .. } => None,
        }
    }
}

/// A value and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionedValue {
    /// The value.
    pub value: String,
    /// Its version, for the next [`MetadataServer::watch`]; empty if there is none.
    pub etag: String,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: u64,
}

impl MetadataServer {
    /// The metadata server at `base` (`http://metadata.google.internal`,
    /// `http://127.0.0.1:1234`). Tokens expire by `clock`.
    #[must_use]
    pub fn new(transport: Arc<dyn Transport>, base: &str, clock: Arc<dyn Clock>) -> Self {
        Self {
            transport,
            base: base.trim_end_matches('/').to_owned(),
            tokens: Cache::new(Arc::clone(&clock), TOKEN_MARGIN),
            identities: Cache::new(Arc::clone(&clock), IDENTITY_MARGIN),
            clock,
        }
    }

    /// The value at `path` below `/computeMetadata/v1/` (`instance/id`).
    ///
    /// # Errors
    /// It is not there, or the server did not answer.
    pub async fn get(&self, path: &str) -> Result<String, MetadataError> {
        Ok(self.ask(path, PATIENCE).await?.value)
    }

    /// The value at `path` once its version is not `last_etag`, or as it is
    /// after `timeout` (whole seconds); at once without `last_etag`, so that no
    /// change before the first watch is missed.
    ///
    /// # Errors
    /// It is not there (404), the server is not ready (503) or did not answer.
    pub async fn watch(
        &self,
        path: &str,
        last_etag: Option<&str>,
        timeout: Duration,
    ) -> Result<VersionedValue, MetadataError> {
        let Some(etag) = last_etag else {
            return self.ask(path, PATIENCE).await;
        };
        let seconds = timeout.as_secs();
        let etag = utf8_percent_encode(etag, NON_ALPHANUMERIC);
        let divider = if path.contains('?') { '&' } else { '?' };
        let path =
            format!("{path}{divider}wait_for_change=true&last_etag={etag}&timeout_sec={seconds}");
        self.ask(&path, timeout.saturating_add(PATIENCE)).await
    }

    /// The default account's ID token for `audience`, with the machine's facts
    /// in it (`format=full`); kept until five minutes before it expires.
    ///
    /// # Errors
    /// There is no such account, or the server did not answer.
    pub async fn identity(&self, audience: &str) -> Result<String, MetadataError> {
        let path = format!(
            "instance/service-accounts/default/identity?audience={}&format=full",
            utf8_percent_encode(audience, NON_ALPHANUMERIC)
        );
        let fetch = async {
            let token = self.get(&path).await?.trim().to_owned();
            let expires = expiry(&token).ok_or_else(|| MetadataError::Answer {
                path: path.clone(),
                expected: "a JWT with an expiry",
            })?;
            Ok((token, expires))
        };
        self.identities.get(audience, fetch).await
    }

    /// The id of the project that the machine or function is in.
    ///
    /// # Errors
    /// The server did not answer.
    pub async fn project_id(&self) -> Result<String, MetadataError> {
        self.get("project/project-id").await
    }

    async fn ask(&self, path: &str, patience: Duration) -> Result<VersionedValue, MetadataError> {
        let failed = |error| MetadataError::Send {
            path: path.to_owned(),
            error,
        };
        let request = Request::get(format!("{}/computeMetadata/v1/{path}", self.base))
            .header("Metadata-Flavor", "Google")
            .extension(ResponseTimeout(patience))
            .body(Bytes::new())
            .map_err(|e| failed(SendError::NotSent(e.to_string())))?;
        let answer = self.transport.send(request).await.map_err(failed)?;
        let value = String::from_utf8_lossy(answer.body()).into_owned();
        if answer.status() != 200 {
            return Err(MetadataError::Status {
                path: path.to_owned(),
                status: answer.status().as_u16(),
                message: value.chars().take(200).collect(),
            });
        }
        let etag = answer.headers().get(ETAG).and_then(|e| e.to_str().ok());
        Ok(VersionedValue {
            value,
            etag: etag.unwrap_or_default().to_owned(),
        })
    }

    async fn granted(&self) -> Result<(Arc<Token>, Timestamp), Error> {
        let body = self
            .get("instance/service-accounts/default/token")
            .await
            .map_err(|e| Error::Other("no token from the metadata server", Box::new(e)))?;
        let granted: Granted = serde_json::from_str(&body)
            .map_err(|e| Error::Json("no token from the metadata server", e))?;
        let expires = self.clock.now() + Duration::from_secs(granted.expires_in);
        Ok((token(&granted.access_token, granted.expires_in)?, expires))
    }
}

fn expiry(jwt: &str) -> Option<Timestamp> {
    let payload = URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    claims["exp"].as_i64().map(Timestamp::from_seconds)
}

#[async_trait]
impl TokenProvider for MetadataServer {
    /// The default account's token. Its scopes are the machine's, not the
    /// caller's.
    async fn token(&self, _scopes: &[&str]) -> Result<Arc<Token>, Error> {
        self.tokens.get("", self.granted()).await
    }

    async fn project_id(&self) -> Result<Arc<str>, Error> {
        let id = Self::project_id(self).await;
        id.map(Arc::from)
            .map_err(|e| Error::Other("no project from the metadata server", Box::new(e)))
    }
}

impl InvalidateTokens for MetadataServer {
    fn forget(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.tokens.clear())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Scripted, SetClock, answer};
    use serde_json::json;

    fn server(scripted: &Arc<Scripted>, clock: &Arc<SetClock>) -> MetadataServer {
        MetadataServer::new(
            Arc::clone(scripted) as Arc<dyn Transport>,
            "http://127.0.0.1:1234/",
            Arc::clone(clock) as Arc<dyn Clock>,
        )
    }

    #[tokio::test]
    async fn tokens_are_kept_and_fetched_once_for_all() {
        let clock = SetClock::new();
        let scripted = Scripted::new(|n, request| {
            assert_eq!(request.headers()["metadata-flavor"], "Google");
            assert_eq!(
                request.uri(),
                "http://127.0.0.1:1234/computeMetadata/v1/instance/service-accounts/default/token"
            );
            answer(
                200,
                json!({"access_token": format!("t{n}"), "expires_in": 3600, "token_type": "Bearer"}),
            )
        });
        let server = server(&scripted, &clock);
        let text = async || {
            let token = server.token(&[]).await.expect("a token");
            token.as_str().to_owned()
        };
        let (a, b) = tokio::join!(text(), text());
        assert_eq!((a.as_str(), b.as_str()), ("t0", "t0"));
        clock.advance(Duration::from_secs(3539));
        assert_eq!(text().await, "t0");
        clock.advance(Duration::from_secs(1));
        assert_eq!(text().await, "t1");
        server.forget().await;
        assert_eq!(text().await, "t2");
        assert_eq!(scripted.seen().len(), 3);
    }

    #[tokio::test]
    async fn a_failed_fetch_is_not_kept() {
        let scripted = Scripted::new(|n, _| match n {
            0 => answer(503, "not ready"),
            1 => answer(200, "{}"),
            _ => answer(200, json!({"access_token": "t", "expires_in": 3600})),
        });
        let server = server(&scripted, &SetClock::new());
        let refused = server.token(&[]).await.expect_err("503");
        assert_eq!(crate::TokenError::from(&refused).status, Some(503));
        assert!(server.token(&[]).await.is_err());
        assert_eq!(server.token(&[]).await.expect("a token").as_str(), "t");
    }

    #[tokio::test]
    async fn watching_names_the_version_and_waits_longer_than_the_server() {
        let scripted = Scripted::new(|n, _| match n {
            2 => answer(404, "no such"),
            _ => {
                let mut answer = answer(200, "NONE")?;
                answer
                    .headers_mut()
                    .insert(ETAG, "a1".parse().expect("valid"));
                Ok(answer)
            }
        });
        let server = server(&scripted, &SetClock::new());
        let watch = |etag| server.watch("instance/preempted", etag, Duration::from_secs(60));
        let first = watch(None).await.expect("a value");
        assert_eq!((first.value.as_str(), first.etag.as_str()), ("NONE", "a1"));
        watch(Some("a/1")).await.expect("a value");
        assert_eq!(
            watch(Some("a1")).await.expect_err("404").status(),
            Some(404)
        );
        let seen = scripted.seen();
        assert_eq!(seen[0].uri().query(), None);
        assert_eq!(
            seen[1].uri().query(),
            Some("wait_for_change=true&last_etag=a%2F1&timeout_sec=60")
        );
        let patience: &ResponseTimeout = seen[1].extensions().get().expect("set");
        assert!(patience.0 > Duration::from_secs(60));
    }

    #[tokio::test]
    async fn identities_are_kept_by_audience_until_five_minutes_before_their_end() {
        let clock = SetClock::new();
        let now = Arc::clone(&clock);
        let scripted = Scripted::new(move |n, _| {
            let claims = json!({"exp": now.now().as_seconds() + 3600, "n": n}).to_string();
            answer(200, format!("h.{}.s", URL_SAFE_NO_PAD.encode(claims)))
        });
        let server = server(&scripted, &clock);
        let first = server.identity("https://a").await.expect("a token");
        assert_eq!(server.identity("https://a").await, Ok(first.clone()));
        assert_ne!(server.identity("https://b").await, Ok(first.clone()));
        clock.advance(Duration::from_secs(3300));
        assert_ne!(server.identity("https://a").await, Ok(first));
        assert!(
            scripted.seen()[0]
                .uri()
                .query()
                .expect("a query")
                .contains("audience=https%3A%2F%2Fa&format=full")
        );
    }
}
