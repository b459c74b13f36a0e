//! The client: authenticates, sends, retries, reads the response.

use crate::{
    Endpoints, Error, ErrorKind, Operation, Request, RetryPolicy, TokenError, TokenProvider,
    Transport, credentials::InvalidateTokens, jitter::jitter, retry,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use names::Clock;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use tracing::debug;

/// Calls Google's APIs as one identity. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    transport: Arc<dyn Transport>,
    tokens: Arc<dyn TokenProvider>,
    endpoints: Endpoints,
    clock: Arc<dyn Clock>,
    retry: RetryPolicy,
    token_cache: Option<Arc<dyn InvalidateTokens>>,
}

/// A response with a status below 300.
#[derive(Debug, Clone)]
pub struct Response {
    /// The HTTP status.
    pub status: StatusCode,
    /// The response headers.
    pub headers: HeaderMap,
    /// The complete body.
    pub body: Bytes,
}

/// The OAuth scopes of every access token: IAM roles limit it, not scopes.
pub const SCOPES: &[&str] = &["https://www.googleapis.com/auth/cloud-platform"];

impl Client {
    /// A client that sends through `transport` as the identity of `tokens`.
    pub fn new(
        transport: Arc<dyn Transport>,
        tokens: Arc<dyn TokenProvider>,
        endpoints: Endpoints,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            transport,
            tokens,
            endpoints,
            clock,
            retry: RetryPolicy::default(),
            token_cache: None,
        }
    }

    /// The same client with another retry policy.
    #[must_use]
    pub fn with_retry(self, retry: RetryPolicy) -> Self {
        Self { retry, ..self }
    }

    /// The same client that invalidates `cache`, which its tokens come from,
    /// when Google rejects a token (401).
    #[must_use]
    pub fn with_token_cache(self, cache: Arc<dyn InvalidateTokens>) -> Self {
        Self {
            token_cache: Some(cache),
            ..self
        }
    }

    /// The same client with tokens from another source.
    pub(crate) fn with_tokens(self, tokens: Arc<dyn TokenProvider>) -> Self {
        Self { tokens, ..self }
    }

    /// The clock that token expiry and deadlines are measured by.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The source of its access tokens.
    #[must_use]
    pub fn tokens(&self) -> &Arc<dyn TokenProvider> {
        &self.tokens
    }

    /// The base URLs of the APIs.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// Sends `request`. Retries as the retry policy says, and once with a new
    /// token after a 401.
    ///
    /// # Errors
    /// The response has a status of 300 or above ([`ErrorKind::Status`]), there
    /// was none, or there was no access token.
    pub async fn send(&self, request: &Request) -> Result<Response, Error> {
        let started = self.clock.now();
        let mut token = self.token(request).await?;
        let mut token_renewed = false;
        let mut attempt = 1;
        loop {
            let error = match self.send_once(request, &token).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            if error.status() == Some(401) && !token_renewed {
                token_renewed = true;
                if let Some(cache) = &self.token_cache {
                    cache.invalidate().await;
                }
                let newer = self.token(request).await?;
                if newer == token {
                    return Err(error);
                }
                token = newer;
                continue;
            }
            let now = self.clock.now();
            let seed = now.as_micros().unsigned_abs() ^ hash_path(request) ^ u64::from(attempt);
            let Some(pause) = self.retry.pause(
                attempt,
                now.since(started),
                request.is_idempotent(),
                &error,
                jitter(seed),
            ) else {
                return Err(error);
            };
            debug!(
                method = error.method,
                attempt,
                wait_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
                error = %error.kind,
                "call failed, retrying"
            );
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    async fn token(&self, request: &Request) -> Result<HeaderValue, Error> {
        let fail = |error| Error::new(request, ErrorKind::Token(error));
        let token = self.tokens.token(SCOPES).await;
        let token = token.map_err(|e| fail(TokenError::from(&e)))?;
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.as_str()))
            .map_err(|_| fail("the token is not a valid header value".into()))?;
        bearer.set_sensitive(true);
        Ok(bearer)
    }

    async fn send_once(&self, request: &Request, bearer: &HeaderValue) -> Result<Response, Error> {
        let mut http = request
            .to_http(&self.endpoints)
            .map_err(|e| Error::new(request, ErrorKind::InvalidRequest(e.to_string())))?;
        http.headers_mut()
            .insert(header::AUTHORIZATION, bearer.clone());
        let response = self.transport.send(http).await;
        let response = response.map_err(|e| Error::new(request, ErrorKind::Send(e)))?;
        let (parts, body) = response.into_parts();
        if parts.status.as_u16() >= 300 {
            let retry_after = retry::parse_retry_after(&parts.headers, self.clock.now());
            let kind = ErrorKind::from_response(parts.status.as_u16(), retry_after, &body);
            return Err(Error::new(request, kind));
        }
        Ok(Response {
            status: parts.status,
            headers: parts.headers,
            body,
        })
    }

    /// Sends `request` and deserializes the JSON response.
    ///
    /// # Errors
    /// As [`Client::send`]; [`ErrorKind::InvalidResponse`] if the response
    /// cannot be deserialized.
    pub async fn json<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Error> {
        let response = self.send(request).await?;
        serde_json::from_slice(&response.body)
            .map_err(|e| Error::new(request, ErrorKind::InvalidResponse(e.to_string())))
    }

    /// Sends `request`, whose method returns a long-running operation.
    ///
    /// # Errors
    /// As [`Client::json`]. A failed operation is not an error: see
    /// [`Operation::error`].
    pub async fn operation(&self, request: &Request) -> Result<Operation, Error> {
        let value = self.json(request).await?;
        Operation::read(request.method().response, &value)
            .map_err(|e| Error::new(request, ErrorKind::InvalidResponse(e.to_string())))
    }
}

/// A hash of the path (FNV-1a), so that jitter differs between requests.
fn hash_path(request: &Request) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let path = request.filled_path();
    path.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::compute;
    use crate::testing::{Scripted, SetClock, respond};
    use crate::{Class, Classify, SendError};
    use names::Duration;
    use tokio::time::Instant;
    use uuid::Uuid;

    async fn insert(client: &Client) -> Result<Operation, Error> {
        let (project, zone) = ("project-1".parse(), "us-central1-a".parse());
        let (project, zone) = (project.expect("valid"), zone.expect("valid"));
        let body = serde_json::json!({"name": "i"});
        compute::insert(client, &project, &zone, &body, Uuid::nil()).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_with_an_id_goes_out_again_and_retry_after_is_obeyed() {
        let scripted = Scripted::new(|n, _| match n {
            0 => Err(SendError::NoAnswer("cut".into())),
            1 => {
                let mut busy = respond(503, "")?;
                busy.headers_mut()
                    .insert(header::RETRY_AFTER, HeaderValue::from_static("7"));
                Ok(busy)
            }
            _ => respond(200, r#"{"name":"operation-1","status":"RUNNING"}"#),
        });
        let started = Instant::now();
        let operation = insert(&scripted.client(&SetClock::new())).await;
        assert_eq!(operation.expect("accepted").name, "operation-1");
        let seen = scripted.seen();
        assert_eq!(seen.len(), 3);
        assert!(seen.iter().all(|r| r.uri() == seen[0].uri()));
        assert!(started.elapsed() >= Duration::from_secs(7));
    }

    #[tokio::test(start_paused = true)]
    async fn it_ends_and_a_conflict_is_not_tried_again() {
        for (status, sent, class) in [(503, 6, Class::Transient), (409, 1, Class::Conflict)] {
            let scripted = Scripted::new(move |_, _| respond(status, ""));
            let client = scripted.client(&SetClock::new());
            let error = insert(&client).await.expect_err("refused");
            assert_eq!((scripted.seen().len(), error.class()), (sent, class));

            let once = client.with_retry(RetryPolicy::none());
            insert(&once).await.expect_err("refused");
            assert_eq!(scripted.seen().len(), sent + 1);
        }
    }
}
