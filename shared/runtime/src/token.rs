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
const LONGEST: usize = 8192;
/// How many verified tokens are remembered. Pub/Sub uses one for up to an hour.
const REMEMBERED: usize = 1024;
/// What Cloud Run puts in place of a signature that it has checked itself
/// (Cloud Run, troubleshooting, "signature removed"; unverified).
const REMOVED: &str = ".SIGNATURE_REMOVED_BY_GOOGLE";
const ISSUERS: [&str; 2] = ["https://accounts.google.com", "accounts.google.com"];

/// Verifies identity tokens that Google signed: those of push requests and
/// those that machines get from their metadata server.
pub struct Verifier {
    keys: KeySet,
    verified: Mutex<BTreeMap<[u8; 32], Claims>>,
}

/// What a verified token says. A claim that is absent is empty.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Claims {
    /// The issuer: Google, in one of two spellings.
    pub iss: String,
    /// The audience.
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
    /// When the token was issued.
    #[serde(deserialize_with = "seconds")]
    pub iat: Timestamp,
    /// When it becomes valid, if that differs.
    #[serde(default, deserialize_with = "maybe_seconds")]
    pub nbf: Option<Timestamp>,
    /// When it expires.
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
    /// Its name.
    pub instance_name: String,
    /// The project's id.
    pub project_id: String,
    /// The project's number.
    #[serde(default)]
    pub project_number: Option<u64>,
    /// The zone's short name.
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
    ) -> Result<Claims, AuthError> {
        if token.len() > LONGEST {
            return Err(AuthError::Malformed(format!("over {LONGEST} bytes")));
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        let known = self.verified().get(&hash).cloned();
        let fresh = known.is_none();
        let claims = match known {
            Some(claims) => claims,
            None => self.signed(token, now).await?,
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

    fn remember(&self, hash: [u8; 32], claims: &Claims, now: Timestamp) {
        let mut verified = self.verified();
        if verified.len() >= REMEMBERED {
            verified.retain(|_, claims| now < claims.exp);
        }
        if verified.len() >= REMEMBERED {
            // The least hash is as good as any at random.
            verified.pop_first();
        }
        verified.insert(hash, claims.clone());
    }

    fn verified(&self) -> std::sync::MutexGuard<'_, BTreeMap<[u8; 32], Claims>> {
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
mod tests {
    use super::*;
    use crate::signing::{self, AUDIENCE, Keys, NOW, StoppedClock, claims, sign, token};
    use futures_util::future::join_all;
    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::{Value, json};
    use std::sync::atomic::Ordering::SeqCst;

    struct World {
        keys: Arc<Keys>,
        clock: Arc<StoppedClock>,
        verifier: Verifier,
    }

    fn world() -> World {
        let keys = Arc::new(Keys::default());
        let clock = StoppedClock::at(NOW);
        let url = "http://keys.example/certs";
        World {
            verifier: Verifier::new(keys.clone(), url, clock.clone()),
            keys,
            clock,
        }
    }

    impl World {
        async fn verify(&self, token: &str) -> Result<Claims, AuthError> {
            let now = self.clock.now();
            self.verifier.verify(token, AUDIENCE, now).await
        }
    }

    fn of_key(kid: &str) -> String {
        sign(&json!({"alg": "RS256", "kid": kid}), &claims(json!({})))
    }

    #[tokio::test]
    async fn claims_decide() {
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
    async fn a_machine_is_named() {
        let machine = json!({"compute_engine": {
            "instance_id": "152986662232938449", "instance_name": "gc-train-1",
            "project_id": "demo-project", "project_number": 7, "zone": "us-central1-a",
            "instance_creation_timestamp": NOW,
        }});
        let claims = world().verify(&token(json!({"google": machine}))).await;
        let machine = claims.expect("good").google.expect("a machine");
        assert_eq!(machine.instance_id, "152986662232938449");
        for none in [json!(null), json!({})] {
            let claims = world().verify(&token(json!({"google": none}))).await;
            assert_eq!(claims.expect("good").google, None);
        }
    }

    #[tokio::test]
    async fn keys_are_fetched_once_however_many_ask() {
        let world = world();
        let tokens: Vec<_> = (0..64)
            .map(|i| token(json!({"sub": i.to_string()})))
            .collect();
        let all = join_all(tokens.iter().map(|token| world.verify(token))).await;
        assert!(all.iter().all(Result::is_ok));
        assert_eq!(world.keys.count(), 1);
    }

    #[tokio::test]
    async fn forged_key_ids_cause_one_fetch_in_30_seconds() {
        let world = world();
        for i in 0..50 {
            let error = world.verify(&of_key(&format!("forged{i}"))).await;
            assert_eq!(error, Err(AuthError::UnknownKey));
        }
        assert_eq!(world.keys.count(), 1);
        world.clock.advance(Duration::from_secs(30));
        let _ = world.verify(&of_key("forged")).await;
        assert_eq!(world.keys.count(), 2);
    }

    #[tokio::test]
    async fn keys_are_refreshed_when_stale_and_used_when_they_cannot_be() {
        let world = world();
        let fresh = |i: u32| token(json!({"sub": i.to_string(), "exp": NOW + 200_000}));
        // max-age 600 less age 100.
        for (span, failing, fetches, good) in [
            (0, false, 1, true),
            (499, false, 1, true),
            (1, false, 2, true),
            (500, true, 3, true),
            (1, true, 3, true),
            (1, true, 4, true),
            (24 * 3600, true, 5, false),
            (2, false, 6, true),
        ] {
            world.clock.advance(Duration::from_secs(span));
            world.keys.failing.store(failing, SeqCst);
            let got = world
                .verify(&fresh(world.clock.now().as_seconds() as u32))
                .await;
            assert_eq!(got.is_ok(), good, "{got:?} after {span} s");
            assert_eq!(world.keys.count(), fetches, "after {span} s");
        }
    }

    #[tokio::test]
    async fn without_keys_nothing_is_said() {
        let world = world();
        world.keys.failing.store(true, SeqCst);
        let good = token(json!({}));
        for _ in 0..3 {
            let error = world.verify(&good).await.expect_err("no keys");
            assert_eq!(error.status(), 503, "{error}");
        }
        assert_eq!(world.keys.count(), 1);
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
    fn what_is_remembered_is_bounded() {
        let world = world();
        let claims: Claims = serde_json::from_value(claims(json!({}))).expect("claims");
        for i in 0..2 * REMEMBERED {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&i.to_be_bytes());
            world.verifier.remember(hash, &claims, world.clock.now());
        }
        assert_eq!(world.verifier.verified().len(), REMEMBERED);
    }
}
