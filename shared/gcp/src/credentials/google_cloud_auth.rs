//! The google-cloud-auth crate as a token provider.

use super::token;
use async_trait::async_trait;
use gcp_auth::{Error, Token, TokenProvider};
use google_cloud_auth::credentials::{AccessTokenCredentials, Builder};
use std::sync::Arc;
use tokio::sync::Mutex;

/// Application default credentials through google-cloud-auth, which caches
/// and refreshes them itself.
#[derive(Default)]
pub(super) struct GoogleCloudAuth {
    built: Mutex<Option<AccessTokenCredentials>>,
}

#[async_trait]
impl TokenProvider for GoogleCloudAuth {
    async fn token(&self, scopes: &[&str]) -> Result<Arc<Token>, Error> {
        const FAILED: &str = "no token from the application default credentials";
        let mut built = self.built.lock().await;
        let credentials = match built.take() {
            Some(credentials) => credentials,
            None => Builder::default()
                .with_scopes(scopes.iter().copied())
                .build_access_token_credentials()
                .map_err(|e| Error::Other(FAILED, Box::new(e)))?,
        };
        match credentials.access_token().await {
            Ok(access) => {
                *built = Some(credentials);
                // It does not return the expiry, so it is asked each time.
                token(&access.token, 60)
            }
            Err(error) => {
                // A permanent failure stops its background refresh: build anew.
                if error.is_transient() {
                    *built = Some(credentials);
                }
                Err(Error::Other(FAILED, Box::new(error)))
            }
        }
    }

    async fn project_id(&self) -> Result<Arc<str>, Error> {
        Err(Error::Str(
            "application default credentials do not determine a project here",
        ))
    }
}
