//! Sources of access tokens, each a [`gcp_auth::TokenProvider`].

mod adc;
mod cache;
mod google_cloud_auth;
mod impersonated;
mod metadata;
mod static_token;

pub use adc::adc;
pub use impersonated::ImpersonatedCredentials;
pub use metadata::{MetadataError, MetadataServer, VersionedValue};
pub use static_token::StaticToken;

use crate::BoxFuture;
use gcp_auth::{Error, Token};
use serde_json::json;
use std::sync::Arc;

/// A cache of tokens that can be emptied when Google rejects one.
pub trait InvalidateTokens: Send + Sync {
    /// Drops every cached token.
    fn invalidate(&self) -> BoxFuture<'_, ()>;
}

/// A token that expires in `seconds`. gcp_auth's type can only be deserialized.
/// It measures expiry by the system clock, which our caches do not use.
fn token(text: &str, seconds: u64) -> Result<Arc<Token>, Error> {
    let token = serde_json::from_value(json!({"access_token": text, "expires_in": seconds}));
    token
        .map(Arc::new)
        .map_err(|e| Error::Json("the token is invalid", e))
}
