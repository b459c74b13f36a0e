use super::*;
use crate::signing::{self, AUDIENCE, Keys, NOW, claims, sign, token};
use crate::stopped_clock::StoppedClock;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};

struct World {
    clock: Arc<StoppedClock>,
    verifier: Verifier,
}

fn world() -> World {
    let clock = StoppedClock::at(NOW);
    let url = "http://keys.example/certs";
    World {
        verifier: Verifier::new(Arc::new(Keys::default()), url, clock.clone()),
        clock,
    }
}

impl World {
    async fn verify(&self, token: &str) -> Result<Arc<Claims>, AuthError> {
        let now = self.clock.now();
        self.verifier.verify(token, AUDIENCE, now).await
    }
}

#[tokio::test]
async fn each_claim_is_checked() {
    use AuthError::{Audience, Expired, Issuer, Malformed, NotYet};
    let malformed = || Malformed(String::new());
    let cases: Vec<(Value, Result<(), AuthError>)> = vec![
        (json!({}), Ok(())),
        (json!({"iss": "accounts.google.com"}), Ok(())),
        (json!({"exp": NOW - 9}), Ok(())),
        (json!({"iat": NOW + 9}), Ok(())),
        (json!({"email": null, "sub": null}), Ok(())),
        (json!({"exp": NOW - 10}), Err(Expired)),
        (json!({"iat": NOW + 11}), Err(NotYet)),
        (json!({"nbf": NOW + 11}), Err(NotYet)),
        (json!({"iss": "https://accounts.example"}), Err(Issuer)),
        (json!({"iss": "http://accounts.google.com"}), Err(Issuer)),
        (json!({"aud": "https://hello.example/"}), Err(Audience)),
        (json!({"aud": null}), Err(malformed())),
        (json!({"aud": [AUDIENCE]}), Err(malformed())),
        (json!({"iss": null}), Err(malformed())),
        (json!({"exp": null}), Err(malformed())),
        (json!({"exp": "soon"}), Err(malformed())),
        (json!({"email_verified": "true"}), Err(malformed())),
    ];
    let world = world();
    for (changes, expected) in cases {
        let got = world.verify(&token(changes.clone())).await.map(|_| ());
        match (&got, &expected) {
            (Err(Malformed(_)), Err(Malformed(_))) => {}
            _ => assert_eq!(got, expected, "{changes}"),
        }
    }
}

#[tokio::test]
async fn forgeries_are_refused() {
    let good = token(json!({}));
    let (message, signature) = good.rsplit_once('.').expect("three parts");
    let (_, payload) = message.split_once('.').expect("three parts");
    let none = signing::encode(r#"{"alg":"none","kid":"k1"}"#);
    let hmac = Header {
        kid: Some("k1".into()),
        ..Header::default()
    };
    let secret = EncodingKey::from_secret(&signing::public_key());
    let other = signing::encode(claims(json!({"email": "eve"})).to_string());
    let (start, _) = message.split_once('.').expect("three parts");
    let critical = json!({"alg": "RS256", "kid": "k1", "crit": ["x"]});
    for (what, token) in [
        ("alg none", format!("{none}.{payload}.")),
        ("alg none, signed", format!("{none}.{payload}.{signature}")),
        (
            "HS256",
            encode(&hmac, &claims(json!({})), &secret).expect("signed"),
        ),
        ("other claims", format!("{start}.{other}.{signature}")),
        ("cut", good[..good.len() - 4].to_owned()),
        ("no signature", format!("{message}.")),
        ("two parts", message.to_owned()),
        ("four parts", format!("{good}.x")),
        ("empty", String::new()),
        ("dots", "..".to_owned()),
        ("huge", "a".repeat(1 << 20)),
        ("no kid", sign(&json!({"alg": "RS256"}), &claims(json!({})))),
        ("crit", sign(&critical, &claims(json!({})))),
        ("removed", format!("{message}{REMOVED}")),
    ] {
        let error = world().verify(&token).await.expect_err(what);
        assert_eq!(error.status(), 401, "{what}: {error}");
    }
    world().verify(&good).await.expect("the original is good");
}

#[tokio::test]
async fn the_claims_of_a_machine_name_its_instance() {
    let machine = json!({"compute_engine": {
        "instance_id": "152986662232938449", "instance_name": "gc-train-1",
        "project_id": "demo-project", "project_number": 7, "zone": "us-central1-a",
        "instance_creation_timestamp": NOW,
    }});
    let claims = world().verify(&token(json!({"google": machine}))).await;
    let machine = claims.expect("good").google.clone().expect("a machine");
    assert_eq!(machine.instance_id, "152986662232938449");
    for none in [json!(null), json!({})] {
        let claims = world().verify(&token(json!({"google": none}))).await;
        assert_eq!(claims.expect("good").google, None);
    }
}

#[tokio::test]
async fn a_token_seen_before_still_expires_and_keeps_its_audience() {
    let world = world();
    let good = token(json!({}));
    world.verify(&good).await.expect("good");
    assert_eq!(world.verifier.verified().len(), 1);
    let now = world.clock.now();
    let other = world.verifier.verify(&good, "https://other.example", now);
    assert_eq!(other.await, Err(AuthError::Audience));
    world.clock.advance(Duration::from_secs(3610));
    assert_eq!(world.verify(&good).await, Err(AuthError::Expired));
}

#[test]
fn the_cache_of_tokens_is_bounded() {
    let world = world();
    let claims: Claims = serde_json::from_value(claims(json!({}))).expect("claims");
    let claims = Arc::new(claims);
    for i in 0..2 * CACHED_TOKENS {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&i.to_be_bytes());
        world.verifier.remember(hash, &claims, world.clock.now());
    }
    assert_eq!(world.verifier.verified().len(), CACHED_TOKENS);
}
