//! A Google Cloud for unit tests: each says what it answers.

use bytes::Bytes;
use gcp::{BoxFuture, Client, Endpoints, SendError, Transport, credentials::StaticToken};
use http::{Request, Response};
use names::{Clock, Timestamp};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

pub(crate) struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(12 * 3600)
    }
}

/// Answers a call, named by verb and address, with a status and a body.
pub(crate) struct Cloud<F> {
    answer: F,
    seen: Mutex<Vec<String>>,
}

impl<F: Fn(&str) -> (u16, Value)> Cloud<F> {
    pub(crate) fn new(answer: F) -> Arc<Self> {
        let seen = Mutex::default();
        Arc::new(Self { answer, seen })
    }

    /// The calls so far, besides those for tokens.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("not poisoned").clone()
    }
}

impl<F: Fn(&str) -> (u16, Value) + Send + Sync> Transport for Cloud<F> {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, SendError>> {
        let call = format!("{} {}", request.method(), request.uri());
        let (status, body) = if call.contains(":generateAccessToken") {
            let token = json!({ "accessToken": "t", "expireTime": "2030-01-01T00:00:00Z" });
            (200, token)
        } else {
            let mut seen = self.seen.lock().expect("not poisoned");
            seen.push(call.clone());
            assert!(seen.len() < 100, "it calls for ever: {call}");
            (self.answer)(&call)
        };
        let response = Response::builder().status(status);
        let response = response.body(body.to_string().into());
        Box::pin(async move { Ok(response.expect("a response")) })
    }
}

pub(crate) fn client(cloud: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Client {
    let token = Arc::new(StaticToken::new("t"));
    Client::new(cloud, token, Endpoints::local("http://127.0.0.1:9"), clock)
}

/// The answer that refuses a call.
pub(crate) fn refused(status: u16, reason: &str, message: &str) -> (u16, Value) {
    let error = json!({ "code": status, "message": message, "errors": [{ "reason": reason }] });
    (status, json!({ "error": error }))
}
