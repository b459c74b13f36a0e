//! The one client: authenticates, sends, retries, reads the answer.

use crate::{Endpoints, Error, Kind, Request, TokenProvider, Transport, credentials};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use names::{Clock, ServiceAccountEmail};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// Calls Google's APIs as one identity. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    transport: Arc<dyn Transport>,
    tokens: Arc<dyn TokenProvider>,
    endpoints: Endpoints,
    clock: Arc<dyn Clock>,
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

const SCOPES: &[&str] = &["https://www.googleapis.com/auth/cloud-platform"];

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
        }
    }

    /// The same client acting as `account`, by tokens that its own identity
    /// mints for it (`iamcredentials.projects.serviceAccounts.generateAccessToken`).
    #[must_use]
    pub fn acting_as(&self, account: &ServiceAccountEmail) -> Self {
        let tokens = credentials::Impersonated::new(self.clone(), account.clone());
        Self {
            tokens: Arc::new(tokens),
            ..self.clone()
        }
    }

    /// The clock that expiry and waits go by.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Sends `request`, again where the retry policy says so.
    ///
    /// # Errors
    /// Google answered with 300 or more, or did not answer.
    pub async fn send(&self, request: &Request) -> Result<Response, Error> {
        let method = request.method().id;
        let resource = request.filled_path();
        let fail = |kind| Error {
            method,
            resource: resource.clone(),
            kind,
        };
        let mut http = request
            .to_http(&self.endpoints)
            .map_err(|e| fail(Kind::Request(e.to_string())))?;
        let token = self
            .tokens
            .token(SCOPES)
            .await
            .map_err(|e| fail(Kind::Token(e.to_string())))?;
        let bearer = format!("Bearer {}", token.as_str());
        let bearer = bearer
            .parse()
            .map_err(|_| fail(Kind::Token("the token is not a header value".into())))?;
        http.headers_mut().insert(header::AUTHORIZATION, bearer);
        let answer = self
            .transport
            .send(http)
            .await
            .map_err(|e| fail(Kind::Send(e)))?;
        let (parts, body) = answer.into_parts();
        if parts.status.as_u16() >= 300 {
            let status = parts.status.as_u16();
            return Err(Error::from_answer(method, &resource, status, None, &body));
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
        serde_json::from_slice(&response.body).map_err(|e| Error {
            method: request.method().id,
            resource: request.filled_path(),
            kind: Kind::Answer(e.to_string()),
        })
    }
}
