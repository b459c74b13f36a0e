//! One token, given.

use super::token;
use async_trait::async_trait;
use gcp_auth::{Error, Token, TokenProvider};
use std::{fmt, sync::Arc};

/// Always the same token: in tests, and where somebody hands one in.
#[derive(Clone)]
pub struct StaticToken(Arc<str>);

impl StaticToken {
    /// Always `token`.
    #[must_use]
    pub fn new(token: &str) -> Self {
        Self(token.into())
    }
}

impl fmt::Debug for StaticToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fixed(…)")
    }
}

#[async_trait]
impl TokenProvider for StaticToken {
    async fn token(&self, _scopes: &[&str]) -> Result<Arc<Token>, Error> {
        token(&self.0, 3600)
    }

    async fn project_id(&self) -> Result<Arc<str>, Error> {
        Err(Error::Str("a given token names no project"))
    }
}
