//! Google's identity tokens, verified.

use crate::{AuthError, jwks::KeySet};
use aws_lc_rs::digest::{SHA256, digest};
use gcp::Transport;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header, errors::ErrorKind};
use names::{Clock, Duration, Timestamp};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// How far Google's clock and ours may differ.
const SKEW: Duration = Duration::from_secs(10);
/// Longer than any identity token of Google's, in bytes.
const MAX_LENGTH: usize = 8192;
/// How many verified tokens are remembered. Pub/Sub uses one for up to an hour.
const CACHED_TOKENS: usize = 1024;
/// What Cloud Run puts in place of a signature that it has checked itself
/// (Cloud Run, troubleshooting, "signature removed"; unverified).
const REMOVED: &str = ".SIGNATURE_REMOVED_BY_GOOGLE";
const ISSUERS: [&str; 2] = ["https://accounts.google.com", "accounts.google.com"];

/// Verifies identity tokens that Google signed: those of push requests and
/// those that machines get from their metadata server.
pub struct Verifier {
    keys: KeySet,
    verified: Mutex<BTreeMap<[u8; 32], Arc<Claims>>>,
}

/// What a verified token says. A claim that is absent is empty.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Claims {
    /// The issuer: Google, in one of two spellings.
    pub iss: String,
    /// The audience; a token with several is refused.
    pub aud: String,
    /// The unique id of the account.
    #[serde(default)]
    pub sub: String,
    /// The e-mail address of the account.
    #[serde(default)]
    pub email: Option<String>,
    /// Whether the address is the account's own.
    #[serde(default)]
    pub email_verified: bool,
    /// When the token was issued; at most 10 s in the future.
    #[serde(deserialize_with = "seconds")]
    pub iat: Timestamp,
    /// When it becomes valid, if that differs.
    #[serde(default, deserialize_with = "maybe_seconds")]
    pub nbf: Option<Timestamp>,
    /// When the token expires; 10 s of clock skew are tolerated.
    #[serde(deserialize_with = "seconds")]
    pub exp: Timestamp,
    /// The machine that asked for the token with `format=full`: the claim
    /// `google.compute_engine`.
    #[serde(default, deserialize_with = "compute_engine")]
    pub google: Option<ComputeEngine>,
}

/// The machine that a token was issued to (Compute Engine, "Verifying the
/// identity of instances").
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ComputeEngine {
    /// The instance's numeric id, in decimal.
    pub instance_id: String,
    /// The instance's name, such as `gc-train-1`.
    pub instance_name: String,
    /// The id of the instance's project.
    pub project_id: String,
    /// The number of the instance's project.
    #[serde(default)]
    pub project_number: Option<u64>,
    /// The instance's zone, such as `us-central1-a`.
    pub zone: String,
    /// When the instance was created, in seconds since 1970.
    #[serde(default)]
    pub instance_creation_timestamp: Option<i64>,
}

impl Claims {
    fn check(&self, audience: &str, now: Timestamp) -> Result<(), AuthError> {
        if !ISSUERS.contains(&self.iss.as_str()) {
            return Err(AuthError::Issuer);
        }
        if now >= self.exp + SKEW {
            return Err(AuthError::Expired);
        }
        if self.iat.max(self.nbf.unwrap_or(self.iat)) > now + SKEW {
            return Err(AuthError::NotYet);
        }
        if self.aud != audience {
            return Err(AuthError::Audience);
        }
        Ok(())
    }
}

impl Verifier {
    /// Verifies by the keys at `jwks_url`, fetched through `transport` when
    /// first needed.
    #[must_use]
    pub fn new(transport: Arc<dyn Transport>, jwks_url: &str, clock: Arc<dyn Clock>) -> Self {
        Self {
            keys: KeySet::new(transport, jwks_url, clock),
            verified: Mutex::default(),
        }
    }

    /// What `token` says, if Google signed it for `audience` and it is valid
    /// at `now`. The caller still has to check whose token it is.
    ///
    /// # Errors
    /// The token is refused, or the key set could not be fetched.
    pub async fn verify(
        &self,
        token: &str,
        audience: &str,
        now: Timestamp,
    ) -> Result<Arc<Claims>, AuthError> {
        if token.len() > MAX_LENGTH {
            return Err(AuthError::Malformed(format!("over {MAX_LENGTH} bytes")));
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        let known = self.verified().get(&hash).cloned();
        let fresh = known.is_none();
        let claims = match known {
            Some(claims) => claims,
            None => Arc::new(self.signed(token, now).await?),
        };
        claims.check(audience, now)?;
        if fresh {
            self.remember(hash, &claims, now);
        }
        Ok(claims)
    }

    /// The claims of a token whose signature holds.
    async fn signed(&self, token: &str, now: Timestamp) -> Result<Claims, AuthError> {
        if token.ends_with(REMOVED) {
            return Err(AuthError::SignatureRemoved);
        }
        let malformed = |e: &dyn ToString| AuthError::Malformed(e.to_string());
        let header = decode_header(token).map_err(|e| malformed(&e))?;
        if header.alg != Algorithm::RS256 || header.crit.is_some() {
            return Err(malformed(&"not plain RS256"));
        }
        let kid = header.kid.ok_or_else(|| malformed(&"no key id"))?;
        let key = self.keys.key(&kid, now).await?;
        // Time, issuer and audience are checked by `check`, against `now`.
        let mut rules = Validation::new(Algorithm::RS256);
        rules.required_spec_claims.clear();
        rules.validate_exp = false;
        rules.validate_aud = false;
        match decode::<Claims>(token, &key, &rules) {
            Ok(data) => Ok(data.claims),
            Err(e) if *e.kind() == ErrorKind::InvalidSignature => Err(AuthError::Signature),
            Err(e) => Err(malformed(&e)),
        }
    }

    fn remember(&self, hash: [u8; 32], claims: &Arc<Claims>, now: Timestamp) {
        let mut verified = self.verified();
        if verified.len() >= CACHED_TOKENS {
            verified.retain(|_, claims| now < claims.exp);
        }
        if verified.len() >= CACHED_TOKENS {
            // The least hash is as good as any at random.
            verified.pop_first();
        }
        verified.insert(hash, claims.clone());
    }

    fn verified(&self) -> std::sync::MutexGuard<'_, BTreeMap<[u8; 32], Arc<Claims>>> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn seconds<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    i64::deserialize(from).map(Timestamp::from_seconds)
}

fn maybe_seconds<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(Option::<i64>::deserialize(from)?.map(Timestamp::from_seconds))
}

fn compute_engine<'de, D: serde::Deserializer<'de>>(
    from: D,
) -> Result<Option<ComputeEngine>, D::Error> {
    #[derive(Deserialize)]
    struct Google {
        compute_engine: Option<ComputeEngine>,
    }
    Ok(Option::<Google>::deserialize(from)?.and_then(|google| google.compute_engine))
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
