//! Where tokens come from. The seam is [`gcp_auth::TokenProvider`].

mod adc;
mod cache;
mod fixed;
mod impersonated;
mod metadata;
mod official;

pub use adc::adc;
pub use fixed::StaticToken;
pub use impersonated::ImpersonatedCredentials;
pub use metadata::{MetadataError, MetadataServer, VersionedValue};

use crate::BoxFuture;
use gcp_auth::{Error, Token};
use serde_json::json;
use std::sync::Arc;

/// Something that keeps tokens and can be told that they are no good.
pub trait InvalidateTokens: Send + Sync {
    /// Drops every token kept.
    fn forget(&self) -> BoxFuture<'_, ()>;
}

/// gcp_auth's token can only be read from JSON. It measures `seconds` on the
/// system's clock; our own caches do not ask it.
fn token(text: &str, seconds: u64) -> Result<Arc<Token>, Error> {
    let token = serde_json::from_value(json!({"access_token": text, "expires_in": seconds}));
    token
        .map(Arc::new)
        .map_err(|e| Error::Json("not a token", e))
}
