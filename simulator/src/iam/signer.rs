//! Keys that sign: ID tokens, and what service accounts sign.

use crate::iam::hash;
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64_URL};
use serde_json::{Value, json};
use std::{
    fmt,
    sync::{Arc, OnceLock},
};

/// An RSA key that signs by PKCS #1 v1.5 with SHA-256, as JSON Web Tokens are
/// (RS256).
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

/// The key is not an RSA key in PKCS #8, or cannot be encoded as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signing key is not an RSA key in PKCS #8")]
pub struct BadKey;

impl Signer {
    /// Creates a signer from an RSA key in PKCS #8 DER.
    ///
    /// # Errors
    /// The key is invalid.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, BadKey> {
        KeyPair::from_pkcs8(der).map(Self::with).map_err(|_| BadKey)
    }

    fn with(key: KeyPair) -> Self {
        let modulus =
            BASE64_URL.encode(key.public_key().modulus().big_endian_without_leading_zero());
        let kid = format!("{:016x}", hash(&[&modulus]));
        Self { key, kid }
    }

    /// The key in PKCS #8 DER.
    ///
    /// # Errors
    /// The key cannot be encoded; not observed.
    pub fn to_pkcs8(&self) -> Result<Vec<u8>, BadKey> {
        let der: Pkcs8V1Der<'_> = self.key.as_der().map_err(|_| BadKey)?;
        Ok(der.as_ref().to_vec())
    }

    /// A new key, which takes a while.
    pub(crate) fn generate() -> Self {
        Self::with(KeyPair::generate(KeySize::Rsa2048).expect("the system has random bytes"))
    }

    /// The signer of this process, generated on first use.
    pub(super) fn of_process() -> Arc<Self> {
        static SIGNER: OnceLock<Arc<Signer>> = OnceLock::new();
        Arc::clone(SIGNER.get_or_init(|| Arc::new(Self::generate())))
    }

    /// The ID of the key.
    pub(crate) fn key_id(&self) -> &str {
        &self.kid
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

    /// Signs claims; returns the token.
    #[must_use]
    pub fn sign(&self, claims: &Value) -> String {
        let header = json!({ "alg": "RS256", "kid": self.kid, "typ": "JWT" });
        let encode = |part: &Value| BASE64_URL.encode(part.to_string());
        let text = format!("{}.{}", encode(&header), encode(claims));
        let signature = self.sign_bytes(text.as_bytes());
        format!("{text}.{}", BASE64_URL.encode(signature))
    }

    /// Signs a message.
    pub(crate) fn sign_bytes(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message,
                &mut signature,
            )
            .expect("the signature is as long as the modulus");
        signature
    }

    /// Whether this key made a signature.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.key.public_key());
        key.verify(message, signature).is_ok()
    }
}
