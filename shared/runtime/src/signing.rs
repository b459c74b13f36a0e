//! A signing key, tokens and a key set for tests.

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize, PublicKeyComponents},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use gcp::{BoxFuture, SendError, Transport};
use http::{Request, Response};
use serde_json::{Value, json};
use std::sync::{
    LazyLock,
    atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
};

pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const AUDIENCE: &str = "https://hello.example";
pub(crate) const ACCOUNT: &str = "push@demo-project.iam.gserviceaccount.com";

static KEY: LazyLock<KeyPair> =
    LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).expect("a key"));

pub(crate) fn encode(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

/// The public key in DER.
pub(crate) fn public_key() -> Vec<u8> {
    KEY.public_key().as_ref().to_vec()
}

pub(crate) fn sign(header: &Value, claims: &Value) -> String {
    let message = format!(
        "{}.{}",
        encode(header.to_string()),
        encode(claims.to_string())
    );
    let mut signature = vec![0; KEY.public_modulus_len()];
    KEY.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        message.as_bytes(),
        &mut signature,
    )
    .expect("signed");
    format!("{message}.{}", encode(signature))
}

/// The claims of a good push token, with `changes` (null takes a claim away).
pub(crate) fn claims(changes: Value) -> Value {
    let mut claims = json!({
        "iss": "https://accounts.google.com", "aud": AUDIENCE, "sub": "1",
        "email": ACCOUNT, "email_verified": true, "iat": NOW, "exp": NOW + 3600,
    });
    for (name, value) in changes.as_object().expect("an object") {
        claims[name] = value.clone();
        if value.is_null() {
            claims.as_object_mut().expect("an object").remove(name);
        }
    }
    claims
}

pub(crate) fn header() -> Value {
    json!({"alg": "RS256", "kid": "k1", "typ": "JWT"})
}

pub(crate) fn token(changes: Value) -> String {
    sign(&header(), &claims(changes))
}

/// Serves the key set, counts how often, and on demand fails or lets wait.
#[derive(Default)]
pub(crate) struct Keys {
    pub(crate) fetches: AtomicUsize,
    pub(crate) failing: AtomicBool,
    pub(crate) held: AtomicBool,
}

impl Keys {
    pub(crate) fn count(&self) -> usize {
        self.fetches.load(SeqCst)
    }
}

impl Transport for Keys {
    fn send(&self, _request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, SendError>> {
        Box::pin(async move {
            self.fetches.fetch_add(1, SeqCst);
            // Others get their turn while the answer is under way.
            tokio::task::yield_now().await;
            while self.held.load(SeqCst) {
                tokio::task::yield_now().await;
            }
            if self.failing.load(SeqCst) {
                return Err(SendError::NoAnswer("cut".into()));
            }
            let components: PublicKeyComponents<Vec<u8>> = KEY.public_key().into();
            let set = json!({"keys": [
                {"kty": "EC", "kid": "k0", "crv": "P-256"},
                {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "k1",
                 "n": encode(components.n), "e": encode(components.e)},
            ]});
            Ok(Response::builder()
                .header("cache-control", "public, max-age=600, must-revalidate")
                .header("age", "100")
                .body(set.to_string().into())
                .expect("a response"))
        })
    }
}
