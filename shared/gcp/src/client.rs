//! The one client: authenticates, sends, retries, reads the answer.

use crate::{
    Endpoints, Error, ErrorKind, Operation, Request, RetryPolicy, TokenError, TokenProvider,
    Transport,
    credentials::{ImpersonatedCredentials, InvalidateTokens},
    retry,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use names::{Clock, ServiceAccountEmail};
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
    forget: Option<Arc<dyn InvalidateTokens>>,
}

/// An answer with a status below 300.
#[derive(Debug, Clone)]
pub struct Response {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, whole.
    pub body: Bytes,
}

/// The OAuth scopes of every access token: IAM roles limit it, not scopes.
pub const SCOPES: &[&str] = &["https://www.googleapis.com/auth/cloud-platform"];

impl Client {
    /// A client that sends through `transport` as whom `tokens` says.
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
            forget: None,
        }
    }

    /// The same client under another retry policy.
    #[must_use]
    pub fn with_retry(self, retry: RetryPolicy) -> Self {
        Self { retry, ..self }
    }

    /// The same client that tells `cache`, which its tokens come from, to drop
    /// them when Google refuses one (401).
    #[must_use]
    pub fn forgetting(self, cache: Arc<dyn InvalidateTokens>) -> Self {
        Self {
            forget: Some(cache),
            ..self
        }
    }

    /// The same client acting as `account`, by tokens that its own identity
    /// mints for it (`iamcredentials.projects.serviceAccounts.generateAccessToken`).
    #[must_use]
    pub fn acting_as(&self, account: &ServiceAccountEmail) -> Self {
        let tokens = Arc::new(ImpersonatedCredentials::new(self.clone(), account.clone()));
        Self {
            tokens: Arc::clone(&tokens) as Arc<dyn TokenProvider>,
            forget: Some(tokens),
            ..self.clone()
        }
    }

    /// The clock that expiry and waits go by.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Where its access tokens come from.
    #[must_use]
    pub fn tokens(&self) -> &Arc<dyn TokenProvider> {
        &self.tokens
    }

    /// Where it reaches each API.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// Sends `request`, again where the retry policy says so, and once more
    /// with a new token where one can be had after a 401.
    ///
    /// # Errors
    /// Google answered with 300 or more, or did not answer.
    pub async fn send(&self, request: &Request) -> Result<Response, Error> {
        let started = self.clock.now();
        let repeatable = request.is_repeatable();
        let mut token = self.token(request).await?;
        let mut renewed = false;
        let mut try_number = 1;
        loop {
            let error = match self.send_once(request, &token).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            if error.status() == Some(401) && !renewed {
                renewed = true;
                if let Some(cache) = &self.forget {
                    cache.forget().await;
                }
                let newer = self.token(request).await?;
                if newer == token {
                    return Err(error);
                }
                token = newer;
                continue;
            }
            let now = self.clock.now();
            let seed = now.as_micros().unsigned_abs() ^ spread(request) ^ u64::from(try_number);
            let elapsed = now.since(started);
            let jitter = retry::jitter(seed);
            let Some(wait) = self
                .retry
                .next(try_number, elapsed, repeatable, &error, jitter)
            else {
                return Err(error);
            };
            debug!(
                method = error.method,
                attempt = try_number,
                wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                error = %error.kind,
                "call failed, trying again"
            );
            tokio::time::sleep(wait).await;
            try_number += 1;
        }
    }

    async fn token(&self, request: &Request) -> Result<HeaderValue, Error> {
        let fail = |error| failed(request, ErrorKind::Token(error));
        let token = self.tokens.token(SCOPES).await;
        let token = token.map_err(|e| fail(TokenError::from(&e)))?;
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.as_str()))
            .map_err(|_| fail("the token is not a header value".into()))?;
        bearer.set_sensitive(true);
        Ok(bearer)
    }

    async fn send_once(&self, request: &Request, bearer: &HeaderValue) -> Result<Response, Error> {
        let mut http = request
            .to_http(&self.endpoints)
            .map_err(|e| failed(request, ErrorKind::Request(e.to_string())))?;
        http.headers_mut()
            .insert(header::AUTHORIZATION, bearer.clone());
        let answer = self.transport.send(http).await;
        let answer = answer.map_err(|e| failed(request, ErrorKind::Send(e)))?;
        let (parts, body) = answer.into_parts();
        if parts.status.as_u16() >= 300 {
            return Err(Error::from_answer(
                request.method().id,
                &request.filled_path(),
                parts.status.as_u16(),
                retry::read_retry_after(&parts.headers, self.clock.now()),
                &body,
            ));
        }
        Ok(Response {
            status: parts.status,
            headers: parts.headers,
            body,
        })
    }

    /// Sends `request` and reads the answer as JSON.
    ///
    /// # Errors
    /// As [`Client::send`], or the answer is not of that shape.
    pub async fn json<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Error> {
        let response = self.send(request).await?;
        serde_json::from_slice(&response.body)
            .map_err(|e| failed(request, ErrorKind::Answer(e.to_string())))
    }

    /// Sends `request`, whose method answers an operation, and reads that.
    ///
    /// # Errors
    /// As [`Client::json`]; an operation that failed is no error here.
    pub async fn operation(&self, request: &Request) -> Result<Operation, Error> {
        let value = self.json(request).await?;
        Operation::read(request.method().response, &value)
            .map_err(|e| failed(request, ErrorKind::Answer(e.to_string())))
    }
}

pub(crate) fn failed(request: &Request, kind: ErrorKind) -> Error {
    Error {
        method: request.method().id,
        resource: request.filled_path(),
        kind,
    }
}

/// A number that differs between requests (FNV-1a), for their jitter to differ.
fn spread(request: &Request) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let path = request.filled_path();
    path.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::compute;
    use crate::testing::{Scripted, SetClock, answer};
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
                let mut busy = answer(503, "")?;
                busy.headers_mut()
                    .insert(header::RETRY_AFTER, HeaderValue::from_static("7"));
                Ok(busy)
            }
            _ => answer(200, r#"{"name":"operation-1","status":"RUNNING"}"#),
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
            let scripted = Scripted::new(move |_, _| answer(status, ""));
            let client = scripted.client(&SetClock::new());
            let error = insert(&client).await.expect_err("refused");
            assert_eq!((scripted.seen().len(), error.class()), (sent, class));

            let once = client.with_retry(RetryPolicy::none());
            insert(&once).await.expect_err("refused");
            assert_eq!(scripted.seen().len(), sent + 1);
        }
    }
}
