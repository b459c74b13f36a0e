//! JSON Web Tokens that a service account signs with its key: assertions for the
//! token endpoint, and access tokens without it
//! (<https://developers.google.com/identity/protocols/oauth2/service-account>).

use super::{Iam, Principal};
use crate::{ApiError, google_name::api_at};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64_URL};
use names::{Duration, Timestamp};
use serde_json::Value;

/// Source: "60 minutes" in Google's message.
const MAX_LIFETIME: i64 = 3600;

/// By how much clocks may differ; unverified.
const CLOCK_SKEW: Duration = Duration::from_secs(300);

/// An assertion, whose signature is not verified.
#[derive(Debug)]
pub(crate) struct Assertion<'a> {
    signed: &'a str,
    signature: Vec<u8>,
    claims: Value,
}

impl<'a> Assertion<'a> {
    /// `None` if it is no token, or not signed with RS256.
    pub(crate) fn parse(token: &'a str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let decode = |part: &str| BASE64_URL.decode(part.trim_end_matches('=')).ok();
        let json = |part: &str| serde_json::from_slice(&decode(part)?).ok();
        let header: Value = json(header)?;
        (header["alg"] == "RS256").then_some(Self {
            signed,
            signature: decode(signature)?,
            claims: json(claims)?,
        })
    }

    /// A claim; empty if it is missing or no text.
    pub(crate) fn claim(&self, name: &str) -> &str {
        self.claims[name].as_str().unwrap_or_default()
    }

    /// Whether it is valid now, and for an hour at most.
    pub(crate) fn is_timely(&self, now: Timestamp) -> bool {
        let (issued, expires) = (self.claims["iat"].as_i64(), self.claims["exp"].as_i64());
        let (Some(issued), Some(expires)) = (issued, expires) else {
            return false;
        };
        let (latest, earliest) = (now + CLOCK_SKEW, now - CLOCK_SKEW);
        issued <= latest.as_seconds()
            && expires > earliest.as_seconds()
            && expires.saturating_sub(issued) <= MAX_LIFETIME
    }

    /// Whether the issuer has signed it.
    pub(crate) fn is_signed(&self, iam: &Iam, now: Timestamp) -> bool {
        iam.verifies(
            self.claim("iss"),
            self.signed.as_bytes(),
            &self.signature,
            now,
        )
    }

    /// Whether it is an access token for an API: its audience is
    /// `https://{api}.googleapis.com/`, or it has a scope.
    fn is_for(&self, api: &str) -> bool {
        let origin = self.claim("aud").splitn(4, '/').take(3);
        let origin = origin.collect::<Vec<_>>().join("/");
        api_at(&origin) == Some(api) || !self.claim("scope").is_empty()
    }
}

impl Iam {
    /// The caller of `api` by the `Authorization` header: an access token, or a
    /// token that a service account has signed itself.
    pub(crate) fn caller(
        &self,
        header: &[u8],
        api: &str,
        now: Timestamp,
    ) -> Result<Principal, ApiError> {
        let token = std::str::from_utf8(header).ok();
        let token = token.and_then(|text| text.split_once(' '));
        let Some(assertion) = token.and_then(|(_, token)| Assertion::parse(token.trim())) else {
            return self.authenticate(header, now);
        };
        let (issuer, subject) = (assertion.claim("iss"), assertion.claim("sub"));
        let is_valid = issuer == subject
            && assertion.is_for(api)
            && assertion.is_timely(now)
            && assertion.is_signed(self, now);
        if !is_valid {
            return Err(Self::invalid_credentials());
        }
        self.enabled(Principal::service_account(issuer))
    }
}
