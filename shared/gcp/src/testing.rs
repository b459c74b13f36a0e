//! Shared by unit tests: a clock that is set by hand, and a transport whose
//! responses come from a function.

use crate::{BoxFuture, Client, Endpoints, SendError, Transport, credentials::StaticToken};
use bytes::Bytes;
use http::{Request, Response};
use names::{Clock, Duration, Timestamp};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, Ordering},
};

/// A clock that moves only by [`SetClock::advance`].
pub(crate) struct SetClock(AtomicI64);

impl SetClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(1_795_325_452_000_000)))
    }

    pub(crate) fn advance(&self, span: Duration) {
        let micros = i64::try_from(span.as_micros()).expect("a short span");
        self.0.fetch_add(micros, Ordering::Relaxed);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}

type Respond = dyn Fn(usize, &Request<Bytes>) -> Result<Response<Bytes>, SendError> + Send + Sync;

/// Responds to the n-th request (from 0) as a function says, and records it.
pub(crate) struct Scripted {
    seen: Mutex<Vec<Request<Bytes>>>,
    response: Box<Respond>,
}

impl Scripted {
    pub(crate) fn new(
        response: impl Fn(usize, &Request<Bytes>) -> Result<Response<Bytes>, SendError>
        + Send
        + Sync
        + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            seen: Mutex::new(Vec::new()),
            response: Box::new(response),
        })
    }

    pub(crate) fn seen(&self) -> Vec<Request<Bytes>> {
        self.seen.lock().expect("not poisoned").clone()
    }

    pub(crate) fn client(self: &Arc<Self>, clock: &Arc<SetClock>) -> Client {
        Client::new(
            Arc::clone(self) as Arc<dyn Transport>,
            Arc::new(StaticToken::new("own")),
            Endpoints::google(),
            Arc::clone(clock) as Arc<dyn Clock>,
        )
    }
}

impl Transport for Scripted {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, SendError>> {
        let number = {
            let mut seen = self.seen.lock().expect("not poisoned");
            seen.push(request.clone());
            seen.len() - 1
        };
        Box::pin(async move {
            // Other tasks run while a response is in progress.
            tokio::task::yield_now().await;
            (self.response)(number, &request)
        })
    }
}

/// A response of that status and body.
pub(crate) fn respond(status: u16, body: impl ToString) -> Result<Response<Bytes>, SendError> {
    let response = Response::builder()
        .status(status)
        .body(body.to_string().into());
    Ok(response.expect("a valid response"))
}
