//! Tokens of another service account, minted by one's own identity.

use crate::Client;
use async_trait::async_trait;
use gcp_auth::{Error, Token, TokenProvider};
use names::ServiceAccountEmail;
use std::sync::Arc;

/// Tokens of `account`, minted through `client`.
pub struct Impersonated {
    client: Client,
    account: ServiceAccountEmail,
}

impl Impersonated {
    /// Tokens of `account`, minted as whom `client` acts.
    #[must_use]
    pub fn new(client: Client, account: ServiceAccountEmail) -> Self {
        Self { client, account }
    }
}

#[async_trait]
impl TokenProvider for Impersonated {
    async fn token(&self, _scopes: &[&str]) -> Result<Arc<Token>, Error> {
        let _ = (&self.client, &self.account);
        Err(Error::Str("not built yet"))
    }

    async fn project_id(&self) -> Result<Arc<str>, Error> {
        Err(Error::Str(
            "an impersonated account has no project of its own",
        ))
    }
}
