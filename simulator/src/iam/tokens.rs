//! Access tokens: issued, authenticated, expired, revoked.

use crate::{
    ApiError, Cloud,
    iam::{Iam, Principal, hash, token::Token},
};
use aws_lc_rs::rand::{self, SystemRandom};
use base64::{Engine, prelude::BASE64_STANDARD};
use names::{Duration, Timestamp};
use serde_json::json;

const HOUR: Duration = Duration::from_secs(3600);

/// Google's metadata server returns the same token until this much of its
/// lifetime is left.
pub(super) const MIN_REMAINING: Duration = Duration::from_secs(300);

/// Prefix of all tokens of a member (`serviceAccount:…`). They show that they are
/// of no use to Google; its Firestore emulator demands their beginning.
fn token_prefix(member: &str) -> String {
    format!("ya29.sim-{:016x}-", hash(&[member]))
}

impl Iam {
    /// A token of `principal` that is valid for at most `ttl` and at least five
    /// minutes: an existing one if possible, as from the metadata server.
    pub(crate) fn mint(&mut self, principal: &Principal, now: Timestamp, ttl: Duration) -> String {
        let token_prefix = token_prefix(principal.as_str());
        let live = self
            .tokens
            .with_prefix(&token_prefix)
            .find(|(_, t)| t.expires > now + MIN_REMAINING && t.expires <= now + ttl)
            .map(|(text, _)| text.clone());
        live.unwrap_or_else(|| self.issue(principal, now, ttl))
    }

    /// Issues a new token of `principal`, and removes expired tokens.
    pub(crate) fn issue(&mut self, principal: &Principal, now: Timestamp, ttl: Duration) -> String {
        let expired: Vec<String> = self
            .tokens
            .iter()
            .filter(|(_, token)| token.expires <= now)
            .map(|(text, _)| text.clone())
            .collect();
        for text in expired {
            self.tokens.remove(&text);
        }
        let expires = now + ttl;
        let token_prefix = token_prefix(principal.as_str());
        let text = format!(
            "{token_prefix}{:016x}",
            hash(&[
                &self.token_secret,
                &token_prefix,
                &now.to_string(),
                &expires.to_string()
            ])
        );
        self.tokens.insert(
            text.clone(),
            Token {
                principal: principal.clone(),
                expires,
            },
        );
        text
    }

    /// The principal that a refresh token was issued to.
    pub(crate) fn refreshed(&self, refresh_token: &str) -> Option<Principal> {
        self.refresh_tokens.get(refresh_token).cloned()
    }

    pub(super) fn revoke(&mut self, member: &str) {
        let all: Vec<String> = self
            .tokens
            .with_prefix(&token_prefix(member))
            .map(|(t, _)| t.clone())
            .collect();
        for text in all {
            self.tokens.remove(&text);
        }
    }

    /// The principal of an `Authorization` header.
    ///
    /// Tokens of a disabled account are refused at once.
    pub(crate) fn authenticate(
        &self,
        header: &[u8],
        now: Timestamp,
    ) -> Result<Principal, ApiError> {
        let token = std::str::from_utf8(header)
            .ok()
            .and_then(|text| text.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .and_then(|(_, token)| self.tokens.get(token.trim()))
            .filter(|token| token.expires > now)
            .ok_or_else(Self::invalid_credentials)?;
        self.enabled(token.principal.clone())
    }

    /// The principal, unless it is a disabled service account.
    pub(super) fn enabled(&self, principal: Principal) -> Result<Principal, ApiError> {
        let account = self.accounts.get(principal.email());
        if account.is_some_and(|account| account.disabled) {
            let mut error = Self::invalid_credentials();
            error.details.push(json!({
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "ACCOUNT_STATE_INVALID",
                "domain": "googleapis.com",
                "metadata": { "email": principal.email() },
            }));
            return Err(error);
        }
        Ok(principal)
    }

    pub(super) fn invalid_credentials() -> ApiError {
        ApiError::unauthenticated(INVALID_CREDENTIALS)
    }
}

const INVALID_CREDENTIALS: &str = "Request had invalid authentication credentials. Expected OAuth 2 access \
    token, login cookie or other valid authentication credential. See \
    https://developers.google.com/identity/sign-in/web/devconsole-project.";

impl Cloud {
    /// A bearer token of `principal`, valid for up to an hour.
    pub fn mint(&mut self, principal: &Principal, now: Timestamp) -> String {
        self.iam.mint(principal, now, HOUR)
    }

    /// The refresh token of `principal`, which does not expire.
    pub fn refresh_token(&mut self, principal: &Principal) -> String {
        let tokens = &self.iam.refresh_tokens;
        if let Some((token, _)) = tokens.iter().find(|(_, owner)| *owner == principal) {
            return token.clone();
        }
        let random = hash(&[&self.iam.token_secret, "refresh", principal.as_str()]);
        let token = format!("local-cloud-refresh-{random:016x}");
        self.iam
            .refresh_tokens
            .insert(token.clone(), principal.clone());
        token
    }

    /// Makes the tokens that are issued from now on unguessable, for a cloud that
    /// other users of the computer can reach. Without it, they follow from the
    /// principal and the time, as all else does.
    ///
    /// # Panics
    /// If the system has no random bytes.
    pub fn randomize_tokens(&mut self) {
        let random = rand::generate::<[u8; 16]>(&SystemRandom::new());
        let random = random.expect("the system has random bytes").expose();
        self.iam.token_secret = BASE64_STANDARD.encode(random);
    }
}
