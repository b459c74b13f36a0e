//! What it costs to let a push in: a token that is new, and one seen before.

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize, PublicKeyComponents},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use gcp::{BoxFuture, SendError, Transport};
use http::{Request, Response};
use names::{Clock, Timestamp};
use runtime::Verifier;
use serde_json::{Value, json};
use std::{cell::Cell, sync::Arc};

const AUDIENCE: &str = "https://hello.example";
const NOW: i64 = 1_800_000_000;

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(NOW)
    }
}

/// Google: signs tokens, and answers every request with the key set.
struct Google(KeyPair);

impl Google {
    fn token(&self, subject: u64) -> String {
        let header = json!({"alg": "RS256", "kid": "k1", "typ": "JWT"});
        let claims = json!({
            "iss": "https://accounts.google.com", "aud": AUDIENCE, "sub": subject.to_string(),
            "email": "push@demo-project.iam.gserviceaccount.com", "email_verified": true,
            "iat": NOW, "exp": NOW + 3600,
        });
        let encode = |part: Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let message = format!("{}.{}", encode(header), encode(claims));
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message.as_bytes(),
                &mut signature,
            )
            .expect("signed");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

impl Transport for Google {
    fn send(&self, _: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, SendError>> {
        let PublicKeyComponents { n, e } =
            PublicKeyComponents::<Vec<u8>>::from(self.0.public_key());
        let set = json!({"keys": [{
            "kty": "RSA", "alg": "RS256", "use": "sig", "kid": "k1",
            "n": URL_SAFE_NO_PAD.encode(n), "e": URL_SAFE_NO_PAD.encode(e),
        }]});
        Box::pin(async move { Ok(Response::new(set.to_string().into())) })
    }
}

fn tokens(criterion: &mut Criterion) {
    let key = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let google = Arc::new(Google(key));
    let verifier = Verifier::new(google.clone(), "http://keys.example", Arc::new(Stopped));
    let verify = async |token: String| {
        let now = Timestamp::from_seconds(NOW);
        verifier.verify(&token, AUDIENCE, now).await.expect("good")
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let mut group = criterion.benchmark_group("verify");
    let next = Cell::new(0);
    let new = || google.token(next.replace(next.get() + 1));
    group.bench_function("a new token", |bencher| {
        let mut bencher = bencher.to_async(&runtime);
        bencher.iter_batched(new, verify, BatchSize::SmallInput);
    });
    let seen = new();
    group.bench_function("a token seen before", |bencher| {
        let mut bencher = bencher.to_async(&runtime);
        bencher.iter_batched(|| seen.clone(), verify, BatchSize::SmallInput);
    });
    group.finish();
}

criterion_group!(benches, tokens);
criterion_main!(benches);
