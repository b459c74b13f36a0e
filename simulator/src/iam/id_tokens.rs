//! ID tokens with Google's claims, signed with a local key.

use crate::{
    Cloud,
    iam::{Iam, Signer, tokens::MIN_REMAINING},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use names::{Duration, Timestamp};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The key of the signing key's row.
const SIGNING_KEY: &str = "oidc";

impl Iam {
    /// The signing key: the restored one, or that of the process, which is then
    /// stored.
    pub(crate) fn signer(&mut self) -> Arc<Signer> {
        let stored = || {
            let der = BASE64_STANDARD.decode(self.keys.get(SIGNING_KEY)?).ok()?;
            Signer::from_pkcs8(&der).ok().map(Arc::new)
        };
        let signer = self
            .signer
            .clone()
            .or_else(stored)
            .unwrap_or_else(Signer::of_process);
        if !self.keys.contains(SIGNING_KEY)
            && let Ok(der) = signer.to_pkcs8()
        {
            self.keys.insert(SIGNING_KEY, BASE64_STANDARD.encode(der));
        }
        Arc::clone(self.signer.insert(signer))
    }

    /// An ID token of an account, valid for an hour, with Google's claims. The
    /// same token is returned while it is valid for another five minutes.
    pub(crate) fn id_token(
        &mut self,
        email: &str,
        audience: &str,
        include_email: bool,
        extra: Map<String, Value>,
        now: Timestamp,
    ) -> String {
        let key = json!([email, audience, include_email, extra]).to_string();
        if let Some((token, expires)) = self.id_tokens.get(&key)
            && *expires > now + MIN_REMAINING
        {
            return token.clone();
        }
        let expires = now + Duration::from_secs(3600);
        let id = self
            .accounts
            .get(email)
            .map_or("", |account| &account.unique_id);
        let mut claims = json!({
            "iss": "https://accounts.google.com",
            "aud": audience,
            "azp": id,
            "sub": id,
            "iat": now.as_seconds(),
            "exp": expires.as_seconds(),
        });
        if include_email {
            claims["email"] = email.into();
            claims["email_verified"] = true.into();
        }
        for (name, value) in extra {
            claims[name] = value;
        }
        let token = self.signer().sign(&claims);
        self.id_tokens.retain(|_, (_, expires)| *expires > now);
        self.id_tokens.insert(key, (token.clone(), expires));
        token
    }
}

impl Cloud {
    /// An ID token of a service account for an audience, with its email address
    /// and the extra claims. It is valid for an hour; the same token is
    /// returned while it is valid for another five minutes.
    pub fn id_token(
        &mut self,
        account_email: &str,
        audience: &str,
        extra_claims: Map<String, Value>,
        now: Timestamp,
    ) -> String {
        self.iam
            .id_token(account_email, audience, true, extra_claims, now)
    }
}
