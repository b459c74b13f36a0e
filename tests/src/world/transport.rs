//! The transport to the simulated cloud, and access tokens for it.

use async_trait::async_trait;
use bytes::Bytes;
use gcp::{BoxFuture, SendError, TokenProvider, Transport};
use http::{Request, Response};
use serde_json::json;
use simulator::{Host, iam::Principal};
use std::sync::Arc;

/// The transport to the cloud, without faults.
pub(super) struct DirectTransport(pub(super) Arc<Host>);

impl Transport for DirectTransport {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, SendError>> {
        Box::pin(async move { Ok(self.0.call(request).await) })
    }
}

/// Access tokens of a principal.
pub(super) struct PrincipalTokens {
    pub(super) host: Arc<Host>,
    pub(super) principal: Principal,
}

#[async_trait]
impl TokenProvider for PrincipalTokens {
    async fn token(&self, _: &[&str]) -> Result<Arc<gcp_auth::Token>, gcp_auth::Error> {
        let token = self
            .host
            .with(|cloud, now| cloud.mint(&self.principal, now));
        let token = json!({ "access_token": token, "expires_in": 3600 });
        Ok(Arc::new(serde_json::from_value(token).expect("a token")))
    }

    async fn project_id(&self) -> Result<Arc<str>, gcp_auth::Error> {
        Err(gcp_auth::Error::Str("no project"))
    }
}
