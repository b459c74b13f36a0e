//! Authentication of push requests.

use crate::{AuthError, Verifier};
use http::{HeaderMap, header};
use names::{ServiceAccountEmail, Timestamp};
use std::sync::Arc;

/// Decides which requests are deliveries of Pub/Sub.
#[derive(Clone)]
pub enum PushAuthenticator {
    /// No authentication: on a laptop and in process only. [`crate::Settings`]
    /// refuses it on Cloud Run.
    Off,
    /// Only Pub/Sub's push requests, by their identity token.
    Push {
        /// The `aud` of the token: what the subscription is configured with.
        audience: String,
        /// The account that the subscription pushes as.
        account: ServiceAccountEmail,
        /// Checks signature, issuer and times of the token.
        verifier: Arc<Verifier>,
    },
}

impl PushAuthenticator {
    /// Authenticates a request with these headers.
    ///
    /// # Errors
    /// The token is missing or invalid, or the key set could not be fetched.
    pub async fn admit(&self, headers: &HeaderMap, now: Timestamp) -> Result<(), AuthError> {
        match self {
            Self::Off => Ok(()),
            Self::Push {
                audience,
                account,
                verifier,
            } => {
                let token = bearer(headers).ok_or(AuthError::Missing)?;
                let claims = verifier.verify(token, audience, now).await?;
                if claims.email_verified && claims.email.as_deref() == Some(account.as_str()) {
                    Ok(())
                } else {
                    Err(AuthError::Account)
                }
            }
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
