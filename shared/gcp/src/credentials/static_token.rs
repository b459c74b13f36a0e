//! A token that never changes.

use super::token;
use async_trait::async_trait;
use gcp_auth::{Error, Token, TokenProvider};
use std::{fmt, sync::Arc};

/// A token provider that always returns the same token.
#[derive(Clone)]
pub struct StaticToken(Arc<str>);

impl StaticToken {
    /// A provider of `token`.
    #[must_use]
    pub fn new(token: &str) -> Self {
        Self(token.into())
    }
}

impl fmt::Debug for StaticToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StaticToken(…)")
    }
}

#[async_trait]
impl TokenProvider for StaticToken {
    async fn token(&self, _scopes: &[&str]) -> Result<Arc<Token>, Error> {
        token(&self.0, 3600)
    }

    async fn project_id(&self) -> Result<Arc<str>, Error> {
        Err(Error::Str("a static token does not determine a project"))
    }
}
