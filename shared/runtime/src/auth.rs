//! Who may deliver events.

use crate::{AuthError, Verifier};
use http::{HeaderMap, header};
use names::{ServiceAccountEmail, Timestamp};
use std::sync::Arc;

/// Lets deliveries in or refuses them.
#[derive(Clone)]
pub enum PushAuthenticator {
    /// Everybody may deliver: on a laptop and in process only.
    /// [`crate::Settings`] refuses it on Cloud Run.
    Off,
    /// Only Pub/Sub's push requests, by the identity token they carry.
    Push {
        /// The `aud` of the token: what the subscription is configured with.
        audience: String,
        /// The account that the subscription pushes as.
        account: ServiceAccountEmail,
        /// What verifies the token.
        verifier: Arc<Verifier>,
    },
}

impl PushAuthenticator {
    /// Whether a request with these headers may deliver.
    ///
    /// # Errors
    /// It may not, or the key set could not be fetched.
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
