//! ID tokens: signed as Google signs them, by a key of our own.

use crate::{
    Cloud,
    iam::{
        Iam,
        token::{LEAST_LEFT, hash},
    },
};
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD as BASE64_URL},
};
use names::{Duration, Timestamp};
use serde_json::{Map, Value, json};
use std::{
    fmt,
    sync::{Arc, OnceLock},
};

/// An RSA key that signs JSON Web Tokens (RS256).
pub struct Signer {
    key: KeyPair,
    kid: String,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// A key that cannot be read as RSA in PKCS #8, or not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signing key is no RSA key in PKCS #8")]
pub struct BadKey;

impl Signer {
    /// A signer with the RSA key in this PKCS #8 DER.
    ///
    /// # Errors
    /// It is no such key.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, BadKey> {
        KeyPair::from_pkcs8(der).map(Self::with).map_err(|_| BadKey)
    }

    fn with(key: KeyPair) -> Self {
        let modulus =
            BASE64_URL.encode(key.public_key().modulus().big_endian_without_leading_zero());
        let kid = format!("{:016x}", hash(&[&modulus]));
        Self { key, kid }
    }

    /// The key as PKCS #8 DER.
    ///
    /// # Errors
    /// The key cannot be written; not seen.
    pub fn to_pkcs8(&self) -> Result<Vec<u8>, BadKey> {
        let der: Pkcs8V1Der<'_> = self.key.as_der().map_err(|_| BadKey)?;
        Ok(der.as_ref().to_vec())
    }

    /// The process's signer: generated once, on first use, as that takes a while.
    fn of_process() -> Arc<Self> {
        static SIGNER: OnceLock<Arc<Signer>> = OnceLock::new();
        let generate = || {
            let key = KeyPair::generate(KeySize::Rsa2048).expect("the system has random bytes");
            Arc::new(Self::with(key))
        };
        Arc::clone(SIGNER.get_or_init(generate))
    }

    /// The public key as a JSON Web Key Set.
    #[must_use]
    pub fn jwks(&self) -> Value {
        let public = self.key.public_key();
        json!({ "keys": [{
            "kty": "RSA", "alg": "RS256", "use": "sig", "kid": self.kid,
            "n": BASE64_URL.encode(public.modulus().big_endian_without_leading_zero()),
            "e": BASE64_URL.encode(public.exponent().big_endian_without_leading_zero()),
        }] })
    }

    /// The claims as a signed token.
    #[must_use]
    pub fn sign(&self, claims: &Value) -> String {
        let header = json!({ "alg": "RS256", "kid": self.kid, "typ": "JWT" });
        let encode = |part: &Value| BASE64_URL.encode(part.to_string());
        let text = format!("{}.{}", encode(&header), encode(claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                text.as_bytes(),
                &mut signature,
            )
            .expect("the signature is as long as the modulus");
        format!("{text}.{}", BASE64_URL.encode(signature))
    }
}

/// The one key of the table of keys.
const SIGNING: &str = "oidc";

impl Iam {
    /// The cloud's signer: the restored one, or the process's, which is then kept.
    pub(crate) fn signer(&mut self) -> Arc<Signer> {
        let kept = || {
            let der = BASE64_STANDARD.decode(self.keys.get(SIGNING)?).ok()?;
            Signer::from_pkcs8(&der).ok().map(Arc::new)
        };
        let signer = self
            .signer
            .clone()
            .or_else(kept)
            .unwrap_or_else(Signer::of_process);
        if !self.keys.contains(SIGNING)
            && let Ok(der) = signer.to_pkcs8()
        {
            self.keys.insert(SIGNING, BASE64_STANDARD.encode(der));
        }
        Arc::clone(self.signer.insert(signer))
    }

    /// An ID token of an account, good for an hour, with the claims that
    /// Google's have. The same one is handed out while it has five minutes left.
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
            && *expires > now + LEAST_LEFT
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
    /// An ID token of a service account for an audience, with its address and
    /// the extra claims. Good for an hour; the same while five minutes are left.
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
