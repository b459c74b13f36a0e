//! A ledger on the emulator, and what it keeps.

use bytes::Bytes;
use gcp::{BoxFuture, Client, Endpoints, SendError, TokenProvider, Transport};
use http::{Request, Response, StatusCode};
use ledger::{Ledger, Record};
use names::{Clock, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) state: String,
    pub(crate) due: Option<Timestamp>,
    pub(crate) anything: Value,
}

impl Record for Job {
    const COLLECTION: &'static str = "jobs";
    type Id = String;
    fn state(&self) -> &str {
        &self.state
    }
    fn due(&self) -> Option<Timestamp> {
        self.due
    }

    fn ended(&self) -> Option<Timestamp> {
        None
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Effect {
    Insert { attempt: u32 },
    Report,
}

pub(crate) fn job(state: &str, due: Option<i64>) -> Job {
    Job {
        state: state.to_owned(),
        due: due.map(Timestamp::from_seconds),
        anything: Value::Null,
    }
}

/// A number that a test and its ledger share: the time, or how many calls.
#[derive(Clone, Default)]
pub(crate) struct Shared(Arc<AtomicI64>);

impl Shared {
    pub(crate) fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn set(&self, to: i64) {
        self.0.store(to, Ordering::Relaxed);
    }
}

impl Clock for Shared {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.get())
    }
}

/// The emulator's token that may do everything.
struct Owner;

#[async_trait::async_trait]
impl TokenProvider for Owner {
    async fn token(&self, _scopes: &[&str]) -> Result<Arc<gcp_auth::Token>, gcp_auth::Error> {
        let token = serde_json::json!({ "access_token": "owner", "expires_in": 3600 });
        let token = serde_json::from_value(token);
        token
            .map(Arc::new)
            .map_err(|_| gcp_auth::Error::Str("no token"))
    }

    async fn project_id(&self) -> Result<Arc<str>, gcp_auth::Error> {
        Ok("demo-project".into())
    }
}

/// One connection per call. The emulator tells the length of each answer, and
/// leaves the connection open.
struct Plain {
    host: String,
    calls: Shared,
}

impl Transport for Plain {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, SendError>> {
        self.calls.set(self.calls.get() + 1);
        Box::pin(async move {
            let answer = exchange(&self.host, request).await;
            answer.map_err(|e| SendError::NoAnswer(e.to_string()))
        })
    }
}

async fn exchange(host: &str, request: Request<Bytes>) -> io::Result<Response<Bytes>> {
    let (parts, body) = request.into_parts();
    let mut head = format!("{} {} HTTP/1.1\r\n", parts.method, parts.uri.path());
    for (name, value) in &parts.headers {
        let value = value.to_str().map_err(io::Error::other)?;
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let length = body.len();
    head.push_str(&format!("host: {host}\r\ncontent-length: {length}\r\n\r\n"));
    let mut stream = TcpStream::connect(host).await?;
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await?;
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).await? > 0 {}
    let head = head.to_ascii_lowercase();
    let (_, length) = head.split_once("content-length: ").expect("a length");
    let length = length.lines().next().and_then(|text| text.parse().ok());
    let mut body = vec![0; length.expect("a length")];
    stream.read_exact(&mut body).await?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    let status: StatusCode = status.parse().map_err(io::Error::other)?;
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    Ok(response)
}

pub(crate) struct World {
    pub(crate) ledger: Ledger,
    pub(crate) calls: Shared,
    pub(crate) clock: Shared,
}

/// A ledger in `story`'s own database; `None` without an emulator.
#[expect(clippy::disallowed_methods, reason = "where the emulator is")]
pub(crate) fn world(story: &str) -> Option<World> {
    let host = std::env::var("FIRESTORE_EMULATOR_HOST").ok()?;
    let (calls, clock) = (Shared::default(), Shared::default());
    let endpoints = Endpoints::local(&format!("http://{host}"));
    let transport = Plain {
        host,
        calls: calls.clone(),
    };
    let client = Client::new(
        Arc::new(transport),
        Arc::new(Owner),
        endpoints,
        Arc::new(clock.clone()),
    );
    let process = std::process::id();
    let database = format!("projects/demo-project/databases/{story}-{process}");
    Some(World {
        ledger: Ledger::new(client, database.parse().expect("a name")),
        calls,
        clock,
    })
}
