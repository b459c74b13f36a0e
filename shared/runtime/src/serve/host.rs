//! A worker's function, wired when the first event comes.

use crate::{
    DeadLetters, Function, PushAuthenticator, Settings, Wiring, body,
    dispatch::{Dispatcher, Target},
    end::Reply,
    gate::{AdmissionError, Gate},
    panic::guarded,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{ConnectionType, StatusCode},
    web::Payload,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response};
use names::{Clock, Duration};
use std::{cell::OnceCell, io, sync::Arc};

/// `Retry-After` of a refused delivery.
const RETRY_AFTER: Duration = Duration::from_secs(1);

pub(super) struct FunctionHost<F, W, B> {
    settings: Settings,
    wire: W,
    build: B,
    wired: OnceCell<Wired<F>>,
    gate: Arc<Gate>,
}

/// The clients could not be built; the reason was logged.
struct NotWired;

struct Wired<F> {
    function: F,
    guard: PushAuthenticator,
    dead_letters: DeadLetters,
    clock: Arc<dyn Clock>,
}

impl<F, W, B> FunctionHost<F, W, B>
where
    F: Function,
    W: Fn(&Settings) -> io::Result<Wiring>,
    B: Fn(&Wiring) -> F,
{
    pub(super) fn new(settings: Settings, wire: W, build: B, gate: Arc<Gate>) -> Self {
        Self {
            settings,
            wire,
            build,
            wired: OnceCell::new(),
            gate,
        }
    }

    pub(super) async fn answer(&self, request: HttpRequest, payload: Payload) -> HttpResponse {
        let mut answer = match self.without_event(request.method().as_str(), request.path()) {
            Some(status) => HttpResponse::new(status),
            None => convert_back(self.event(&request, payload).await),
        };
        if self.gate.draining() {
            answer.head_mut().set_connection_type(ConnectionType::Close);
        }
        answer
    }

    /// The answer to probes and browsers, which the gate does not count.
    fn without_event(&self, method: &str, path: &str) -> Option<StatusCode> {
        match (method, path) {
            ("GET" | "HEAD", "/healthz" | "/liveness") => Some(StatusCode::OK),
            // Up is what could handle an event.
            ("GET" | "HEAD", "/startup") => Some(match self.wired() {
                Ok(_) => StatusCode::OK,
                Err(NotWired) => StatusCode::SERVICE_UNAVAILABLE,
            }),
            ("GET" | "HEAD", "/robots.txt" | "/favicon.ico") => Some(StatusCode::NOT_FOUND),
            _ => None,
        }
    }

    async fn event(&self, request: &HttpRequest, payload: Payload) -> Response<Bytes> {
        let reply = |status: http::StatusCode| Reply::of(status).after(RETRY_AFTER).into_response();
        let _ticket = match self.gate.enter() {
            Ok(ticket) => ticket,
            Err(AdmissionError::Full) => {
                tracing::warn!(function = F::NAME, outcome = "full", "too many at once");
                return reply(http::StatusCode::TOO_MANY_REQUESTS);
            }
            Err(AdmissionError::Draining) => return reply(http::StatusCode::SERVICE_UNAVAILABLE),
        };
        let Ok(wired) = self.wired() else {
            return reply(http::StatusCode::SERVICE_UNAVAILABLE);
        };
        let (method, headers) = convert(request);
        let declared = headers.get(http::header::CONTENT_LENGTH);
        let declared = declared.and_then(|v| v.to_str().ok()?.parse().ok());
        let dispatcher = Dispatcher {
            function: &wired.function,
            guard: &wired.guard,
            dead_letters: &wired.dead_letters,
            time: self.settings.delivery_timeout(F::TIME),
        };
        let target = Target {
            method: &method,
            path: request.path(),
        };
        let body = body::read(payload, declared);
        tokio::select! {
            biased;
            answer = dispatcher.take(target, &headers, body, wired.clock.now()) => answer,
            () = self.gate.given_up() => reply(http::StatusCode::SERVICE_UNAVAILABLE),
        }
    }

    fn wired(&self) -> Result<&Wired<F>, NotWired> {
        if let Some(wired) = self.wired.get() {
            return Ok(wired);
        }
        match guarded(|| self.wire_up()) {
            Ok(Ok(wired)) => Ok(self.wired.get_or_init(|| wired)),
            Ok(Err(error)) => {
                tracing::error!(function = F::NAME, "cannot be wired: {error}");
                Err(NotWired)
            }
            Err(panic) => {
                let reason = &panic.message;
                tracing::error!(function = F::NAME, "cannot be wired: panic: {reason}");
                Err(NotWired)
            }
        }
    }

    fn wire_up(&self) -> io::Result<Wired<F>> {
        let wiring = (self.wire)(&self.settings)?;
        Ok(Wired {
            guard: wiring.guard(&self.settings).map_err(io::Error::other)?,
            dead_letters: wiring.dead_letters(&self.settings),
            clock: wiring.clock.clone(),
            function: (self.build)(&wiring),
        })
    }
}

/// Method and headers in the types of `http` 1. They have been parsed once,
/// so that none is lost.
fn convert(request: &HttpRequest) -> (Method, HeaderMap) {
    let method = Method::from_bytes(request.method().as_str().as_bytes());
    let headers = request.headers().iter().filter_map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
        Some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?))
    });
    let mut all = HeaderMap::with_capacity(request.headers().len());
    for (name, value) in headers {
        all.append(name, value);
    }
    (method.unwrap_or_default(), all)
}

fn convert_back(answer: Response<Bytes>) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status().as_u16());
    let mut response = HttpResponse::build(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    for (name, value) in answer.headers() {
        response.append_header((name.as_str(), value.as_bytes()));
    }
    response.body(answer.into_body())
}
