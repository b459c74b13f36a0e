//! Forged tokens over a socket, with a key server that counts.

use crate::{
    server::{Answer, Client, PATIENCE, post},
    signing::{ACCOUNT, AUDIENCE, Keys, claims, encode, public_key, sign, token},
};
use events::{DecodeError, Envelope};
use gcp::{Class, Classify, Transport};
use http::Request;
use names::Clock;
use runtime::{Delivery, Function, Outcome, RunningServer, Settings, SystemClock};
use serde_json::{Value, json};
use std::{
    convert::Infallible,
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener as Listener,
    time::timeout,
};

/// Counts what reaches it.
struct Counter(Arc<AtomicUsize>);

struct Anything;

impl TryFrom<&Envelope> for Anything {
    type Error = DecodeError;

    fn try_from(_: &Envelope) -> Result<Self, DecodeError> {
        Ok(Self)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("never")]
struct Never(Infallible);

impl Classify for Never {
    fn class(&self) -> Class {
        match self.0 {}
    }
}

impl Function for Counter {
    const NAME: &'static str = "counter";
    type Event = Anything;
    type Error = Never;

    async fn handle(&self, _: Anything, _: &Delivery) -> Result<Outcome, Never> {
        self.0.fetch_add(1, SeqCst);
        Ok(Outcome::Done)
    }
}

struct World {
    running: RunningServer,
    keys: Arc<Keys>,
    handled: Arc<AtomicUsize>,
}

/// Serves the key set, one request a connection.
async fn serve_keys(listener: Listener, keys: Arc<Keys>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let Ok(byte) = stream.read_u8().await else {
                break;
            };
            head.push(byte);
        }
        let answer = keys.send(Request::new(bytes::Bytes::new())).await;
        let set = answer.expect("it never fails").into_body();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncache-control: max-age=600\r\n\
             content-length: {}\r\n\r\n{}",
            set.len(),
            String::from_utf8_lossy(&set)
        );
        let _ = stream.write_all(answer.as_bytes()).await;
    }
}

async fn world() -> World {
    let keys = Arc::new(Keys::default());
    let key_server = Listener::bind("127.0.0.1:0").await.expect("a port");
    let jwks = format!(
        "http://{}/certs",
        key_server.local_addr().expect("an address")
    );
    tokio::spawn(serve_keys(key_server, keys.clone()));
    let settings = Settings {
        push_account: ACCOUNT.parse().ok(),
        push_audience: Some(AUDIENCE.to_owned()),
        jwks,
        ..Settings::default()
    };
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let handled = Arc::new(AtomicUsize::new(0));
    let count = handled.clone();
    let running = runtime::start(listener, settings, move |_| Counter(count.clone()));
    World {
        running: running.expect("started"),
        keys,
        handled,
    }
}

async fn deliver(addr: SocketAddr, token: &str) -> Answer {
    let authorization = format!("authorization: Bearer {token}");
    post(addr, &[&authorization], b"hello").await
}

/// What makes a token good now, with `changes`.
fn now(changes: Value) -> Value {
    let now = SystemClock.now().as_seconds();
    let mut good = json!({ "iat": now, "exp": now + 3600 });
    for (name, value) in changes.as_object().expect("an object") {
        good[name] = value.clone();
    }
    good
}

#[tokio::test]
async fn forged_tokens_are_refused_without_fetching_keys() {
    let world = world().await;
    let addr = world.running.addr;
    let good = token(now(json!({})));
    assert_eq!(deliver(addr, &good).await.status, 204);
    assert_eq!(world.keys.count(), 1);

    let (message, signature) = good.rsplit_once('.').expect("three parts");
    let (start, payload) = message.split_once('.').expect("three parts");
    let none = encode(r#"{"alg":"none","kid":"k1"}"#);
    let hmac = jsonwebtoken::Header {
        kid: Some("k1".into()),
        ..jsonwebtoken::Header::default()
    };
    let secret = jsonwebtoken::EncodingKey::from_secret(&public_key());
    let hmac = jsonwebtoken::encode(&hmac, &claims(now(json!({}))), &secret).expect("signed");
    let other = encode(claims(now(json!({"sub": "eve"}))).to_string());
    let at = SystemClock.now().as_seconds();
    let with = |changes| token(now(changes));
    let of_key = |kid: &str| {
        sign(
            &json!({"alg": "RS256", "kid": kid}),
            &claims(now(json!({}))),
        )
    };
    let eve = "eve@demo-project.iam.gserviceaccount.com";
    for (what, forged, status) in [
        ("alg none", format!("{none}.{payload}."), 401),
        (
            "alg none, signed",
            format!("{none}.{payload}.{signature}"),
            401,
        ),
        ("HS256 with the public key", hmac, 401),
        ("other claims", format!("{start}.{other}.{signature}"), 401),
        (
            "another audience",
            with(json!({"aud": "https://other.example"})),
            403,
        ),
        ("another e-mail", with(json!({"email": eve})), 403),
        ("no e-mail", with(json!({"email": null})), 403),
        (
            "an unverified e-mail",
            with(json!({"email_verified": false})),
            403,
        ),
        (
            "not said to be verified",
            with(json!({"email_verified": null})),
            403,
        ),
        (
            "another issuer",
            with(json!({"iss": "https://eve.example"})),
            401,
        ),
        ("expired", with(json!({"exp": at - 60})), 401),
        ("not yet valid", with(json!({"iat": at + 600})), 401),
        ("an unknown key", of_key("k2"), 401),
        ("truncated", good[..good.len() - 9].to_owned(), 401),
        ("no token", String::new(), 401),
        ("64 KiB", "a".repeat(64 << 10), 401),
    ] {
        let answer = deliver(addr, &forged).await;
        assert_eq!(answer.status, status, "{what}");
    }
    for i in 0..100 {
        assert_eq!(
            deliver(addr, &of_key(&format!("forged{i}"))).await.status,
            401
        );
    }
    // Answered by actix-http, before any of our code; a client that is still
    // sending when the connection is closed may not see it.
    let huge = format!("authorization: Bearer {}", "a".repeat(1 << 20));
    let mut answers = Vec::new();
    for _ in 0..20 {
        let mut client = Client::connect(addr).await.expect("connected");
        answers.extend(client.post(&[&huge], b"hello").await);
    }
    assert!(!answers.is_empty());
    assert!(
        answers.iter().all(|answer| answer.status == 431),
        "{answers:?}"
    );
    assert_eq!(post(addr, &[], b"hello").await.status, 401);

    assert_eq!(world.keys.count(), 1);
    assert_eq!(world.handled.load(SeqCst), 1);
    world.running.stop().await.expect("stopped");
}

#[tokio::test]
async fn the_body_of_an_unauthenticated_request_is_not_read() {
    let world = world().await;
    let mut client = Client::connect(world.running.addr)
        .await
        .expect("connected");
    let head = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n";
    client.write(head.as_bytes()).await.expect("sent");
    let answer = timeout(PATIENCE, client.read()).await.expect("at once");
    assert_eq!(answer.expect("answered").status, 401);
    assert_eq!(world.keys.count(), 0);
    world.running.stop().await.expect("stopped");
}
