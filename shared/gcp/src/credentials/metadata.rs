//! The metadata server: the attributes and tokens of a VM or a Cloud Run service.

use super::{InvalidateTokens, cache::ExpiringCache, token};
use crate::{BoxFuture, ResponseTimeout, SendError, Transport};
use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use gcp_auth::{Error, Token, TokenProvider};
use http::{Request, header::ETAG};
use names::{Clock, Duration, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use thiserror::Error as ThisError;

const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);
const TOKEN_MARGIN: Duration = Duration::from_secs(60);
const IDENTITY_MARGIN: Duration = Duration::from_secs(300);

/// A client of the metadata server.
pub struct MetadataServer {
    transport: Arc<dyn Transport>,
    base: String,
    clock: Arc<dyn Clock>,
    tokens: ExpiringCache<Arc<Token>>,
    identities: ExpiringCache<String>,
}

/// A failed request to the metadata server.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum MetadataError {
    /// It responded with an error: 404 for a path that does not exist, 503
    /// while the VM is being migrated or started.
    #[error("metadata server: {status} on {path}: {message}")]
    Status {
        /// The path below `/computeMetadata/v1/`.
        path: String,
        /// The HTTP status.
        status: u16,
        /// The beginning of the response body.
        message: String,
    },
    /// There was no response.
    #[error("metadata server: {path}: {error}")]
    Send {
        /// The path below `/computeMetadata/v1/`.
        path: String,
        /// The transport's error.
        error: SendError,
    },
    /// The response cannot be read.
    #[error("metadata server: {path}: the response is not {expected}")]
    InvalidResponse {
        /// The path below `/computeMetadata/v1/`.
        path: String,
        /// What the response should have been.
        expected: &'static str,
    },
}

impl MetadataError {
    /// The HTTP status of the response, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            Self::Send { .. } | Self::InvalidResponse { .. } => None,
        }
    }
}

/// A metadata value and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionedValue {
    /// The value.
    pub value: String,
    /// Its ETag, for the next [`MetadataServer::watch`]; empty if there is none.
    pub etag: String,
}

#[derive(Deserialize)]
struct TokenResponse {
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
            tokens: ExpiringCache::new(Arc::clone(&clock), TOKEN_MARGIN),
            identities: ExpiringCache::new(Arc::clone(&clock), IDENTITY_MARGIN),
            clock,
        }
    }

    /// The value at `path` below `/computeMetadata/v1/` (`instance/id`).
    ///
    /// # Errors
    /// The path does not exist, or the server did not respond.
    pub async fn get(&self, path: &str) -> Result<String, MetadataError> {
        Ok(self.fetch(path, RESPONSE_TIMEOUT).await?.value)
    }

    /// Waits until the ETag of the value at `path` is not `last_etag`, for at
    /// most `timeout` (whole seconds), and returns the value. Without
    /// `last_etag` it does not wait, so that no change before the first watch
    /// is missed.
    ///
    /// # Errors
    /// The path does not exist (404), the server is not ready (503) or did not
    /// respond.
    pub async fn watch(
        &self,
        path: &str,
        last_etag: Option<&str>,
        timeout: Duration,
    ) -> Result<VersionedValue, MetadataError> {
        let Some(etag) = last_etag else {
            return self.fetch(path, RESPONSE_TIMEOUT).await;
        };
        let separator = if path.contains('?') { '&' } else { '?' };
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("wait_for_change", "true")
            .append_pair("last_etag", etag)
            .append_pair("timeout_sec", &timeout.as_secs().to_string())
            .finish();
        self.fetch(
            &format!("{path}{separator}{query}"),
            timeout.saturating_add(RESPONSE_TIMEOUT),
        )
        .await
    }

    /// An ID token of the default service account for `audience`, with the VM's
    /// attributes in it (`format=full`); cached until five minutes before it
    /// expires.
    ///
    /// # Errors
    /// There is no service account (404), or the server did not respond.
    pub async fn identity(&self, audience: &str) -> Result<String, MetadataError> {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("audience", audience)
            .append_pair("format", "full")
            .finish();
        let path = format!("instance/service-accounts/default/identity?{query}");
        let fetch = async {
            let token = self.get(&path).await?.trim().to_owned();
            let expires = expiry(&token).ok_or_else(|| MetadataError::InvalidResponse {
                path: path.clone(),
                expected: "a JWT with an expiry",
            })?;
            Ok((token, expires))
        };
        self.identities.get(audience, fetch).await
    }

    /// The ID of the project that the VM or service is in.
    ///
    /// # Errors
    /// The server did not respond.
    pub async fn project_id(&self) -> Result<String, MetadataError> {
        self.get("project/project-id").await
    }

    async fn fetch(&self, path: &str, timeout: Duration) -> Result<VersionedValue, MetadataError> {
        let failed = |error| MetadataError::Send {
            path: path.to_owned(),
            error,
        };
        let request = Request::get(format!("{}/computeMetadata/v1/{path}", self.base))
            .header("Metadata-Flavor", "Google")
            .extension(ResponseTimeout(timeout))
            .body(Bytes::new())
            .map_err(|e| failed(SendError::NotSent(e.to_string())))?;
        let response = self.transport.send(request).await.map_err(failed)?;
        let value = String::from_utf8_lossy(response.body()).into_owned();
        if response.status() != 200 {
            return Err(MetadataError::Status {
                path: path.to_owned(),
                status: response.status().as_u16(),
                message: value.chars().take(200).collect(),
            });
        }
        let etag = response.headers().get(ETAG).and_then(|e| e.to_str().ok());
        Ok(VersionedValue {
            value,
            etag: etag.unwrap_or_default().to_owned(),
        })
    }

    async fn fetch_token(&self) -> Result<(Arc<Token>, Timestamp), Error> {
        let body = self
            .get("instance/service-accounts/default/token")
            .await
            .map_err(|e| Error::Other("no access token from the metadata server", Box::new(e)))?;
        let response: TokenResponse = serde_json::from_str(&body)
            .map_err(|e| Error::Json("no access token from the metadata server", e))?;
        let expires = self.clock.now() + Duration::from_secs(response.expires_in);
        Ok((token(&response.access_token, response.expires_in)?, expires))
    }
}

fn expiry(jwt: &str) -> Option<Timestamp> {
    let payload = URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    claims["exp"].as_i64().map(Timestamp::from_seconds)
}

#[async_trait]
impl TokenProvider for MetadataServer {
    /// The default service account's token. It has the scopes of the VM, not
    /// the caller's.
    async fn token(&self, _scopes: &[&str]) -> Result<Arc<Token>, Error> {
        self.tokens.get("", self.fetch_token()).await
    }

    async fn project_id(&self) -> Result<Arc<str>, Error> {
        let id = Self::project_id(self).await;
        id.map(Arc::from)
            .map_err(|e| Error::Other("no project from the metadata server", Box::new(e)))
    }
}

impl InvalidateTokens for MetadataServer {
    fn invalidate(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.tokens.clear())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Scripted, SetClock, respond};
    use serde_json::json;

    fn server(scripted: &Arc<Scripted>, clock: &Arc<SetClock>) -> MetadataServer {
        MetadataServer::new(
            Arc::clone(scripted) as Arc<dyn Transport>,
            "http://127.0.0.1:1234/",
            Arc::clone(clock) as Arc<dyn Clock>,
        )
    }

    #[tokio::test]
    async fn tokens_are_cached_and_fetched_once_for_concurrent_callers() {
        let clock = SetClock::new();
        let scripted = Scripted::new(|n, request| {
            assert_eq!(request.headers()["metadata-flavor"], "Google");
            assert_eq!(
                request.uri(),
                "http://127.0.0.1:1234/computeMetadata/v1/instance/service-accounts/default/token"
            );
            respond(
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
        server.invalidate().await;
        assert_eq!(text().await, "t2");
        assert_eq!(scripted.seen().len(), 3);
    }

    #[tokio::test]
    async fn a_failed_fetch_is_not_cached() {
        let scripted = Scripted::new(|n, _| match n {
            0 => respond(503, "not ready"),
            1 => respond(200, "{}"),
            _ => respond(200, json!({"access_token": "t", "expires_in": 3600})),
        });
        let server = server(&scripted, &SetClock::new());
        let refused = server.token(&[]).await.expect_err("503");
        assert_eq!(crate::TokenError::from(&refused).status, Some(503));
        assert!(server.token(&[]).await.is_err());
        assert_eq!(server.token(&[]).await.expect("a token").as_str(), "t");
    }

    #[tokio::test]
    async fn a_watch_sends_the_etag_and_waits_longer_than_the_server() {
        let scripted = Scripted::new(|n, _| match n {
            2 => respond(404, "no such"),
            _ => {
                let mut response = respond(200, "NONE")?;
                response
                    .headers_mut()
                    .insert(ETAG, "a1".parse().expect("valid"));
                Ok(response)
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
        let timeout: &ResponseTimeout = seen[1].extensions().get().expect("set");
        assert!(timeout.0 > Duration::from_secs(60));
    }

    #[tokio::test]
    async fn id_tokens_are_cached_by_audience_until_five_minutes_before_expiry() {
        let clock = SetClock::new();
        let now = Arc::clone(&clock);
        let scripted = Scripted::new(move |n, _| {
            let claims = json!({"exp": now.now().as_seconds() + 3600, "n": n}).to_string();
            respond(200, format!("h.{}.s", URL_SAFE_NO_PAD.encode(claims)))
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
