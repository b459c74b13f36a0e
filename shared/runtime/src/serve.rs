//! The one place that knows actix-web: sockets to [`dispatch`] and back.

use crate::{DeadLetters, Function, Guard, Settings, Wiring, dispatch};
use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::{Server, ServerHandle},
    http::{StatusCode, header::HeaderMap},
    rt::System,
    web,
};
use bytes::Bytes;
use names::{Clock, Duration};
use std::{
    cell::OnceCell,
    io,
    net::{SocketAddr, TcpListener},
    rc::Rc,
    sync::{Arc, mpsc},
};
use tokio::sync::oneshot;

/// 10 MB of data are 14 MB in base64; the rest is room for attributes.
const LONGEST_BODY: usize = 20 << 20;
/// What Cloud Run leaves between SIGTERM and SIGKILL, in seconds.
const DRAIN: u64 = 10;
/// An idle connection must not keep the drain waiting.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// Serves a function until SIGTERM, then finishes what is in flight within
/// 10 s. `build` is called on the first request: listen first, wire later.
///
/// # Errors
/// The settings are faulty, or the socket cannot be used.
pub async fn serve<F, B>(listener: TcpListener, settings: Settings, build: B) -> io::Result<()>
where
    F: Function,
    B: Fn(&Wiring) -> F + Clone + Send + 'static,
{
    server(listener, settings, Wiring::new, build, true)?.await
}

/// A function that is being served on a thread of its own.
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    handle: ServerHandle,
    ended: oneshot::Receiver<io::Result<()>>,
}

impl Running {
    /// Stops accepting, finishes what is in flight within 10 s, and ends.
    ///
    /// # Errors
    /// The server had failed.
    pub async fn stop(self) -> io::Result<()> {
        self.handle.stop(true).await;
        self.ended
            .await
            .map_err(|_| io::Error::other("the server's thread died"))?
    }
}

/// Serves a function on a thread of its own until [`Running::stop`]; signals
/// are left to the caller, which may host several functions.
///
/// # Errors
/// The settings are faulty, or the socket cannot be used.
pub fn start<F, B>(listener: TcpListener, settings: Settings, build: B) -> io::Result<Running>
where
    F: Function,
    B: Fn(&Wiring) -> F + Clone + Send + 'static,
{
    start_wired(listener, settings, Wiring::new, build)
}

/// [`start`], with what `wire` makes of the settings in place of Google's
/// services or those at `GROUNDCREW_ENDPOINT`.
///
/// # Errors
/// As [`start`].
pub fn start_wired<F, W, B>(
    listener: TcpListener,
    settings: Settings,
    wire: W,
    build: B,
) -> io::Result<Running>
where
    F: Function,
    W: Fn(&Settings) -> io::Result<Wiring> + Clone + Send + 'static,
    B: Fn(&Wiring) -> F + Clone + Send + 'static,
{
    let addr = listener.local_addr()?;
    let (started, start) = mpsc::channel();
    let (ending, ended) = oneshot::channel();
    std::thread::Builder::new()
        .name(F::NAME.to_owned())
        .spawn(move || {
            System::new().block_on(async move {
                let served = match server(listener, settings, wire, build, false) {
                    Ok(server) => {
                        let _ = started.send(Ok(server.handle()));
                        server.await
                    }
                    Err(error) => {
                        let _ = started.send(Err(error));
                        Ok(())
                    }
                };
                // Nobody need be waiting for the end.
                let _ = ending.send(served);
            });
        })?;
    let handle = start
        .recv()
        .map_err(|_| io::Error::other("the server's thread died"))??;
    Ok(Running {
        addr,
        handle,
        ended,
    })
}

fn server<F, W, B>(
    listener: TcpListener,
    settings: Settings,
    wire: W,
    build: B,
    signals: bool,
) -> io::Result<Server>
where
    F: Function,
    W: Fn(&Settings) -> io::Result<Wiring> + Clone + Send + 'static,
    B: Fn(&Wiring) -> F + Clone + Send + 'static,
{
    settings.check().map_err(io::Error::other)?;
    let server = HttpServer::new(move || {
        let host = Rc::new(Host {
            settings: settings.clone(),
            wire: wire.clone(),
            build: build.clone(),
            wired: OnceCell::new(),
        });
        App::new()
            .app_data(web::PayloadConfig::new(LONGEST_BODY))
            .default_service(web::to(move |request: HttpRequest, body: Bytes| {
                let host = host.clone();
                async move { host.answer(&request, body).await }
            }))
    })
    .workers(1)
    .keep_alive(KEEP_ALIVE)
    .shutdown_timeout(DRAIN);
    let server = if signals {
        server
    } else {
        server.disable_signals()
    };
    Ok(server.listen(listener)?.run())
}

/// A worker's function, wired when the first event comes.
struct Host<F, W, B> {
    settings: Settings,
    wire: W,
    build: B,
    wired: OnceCell<Wired<F>>,
}

struct Wired<F> {
    function: F,
    guard: Guard,
    graveyard: DeadLetters,
    clock: Arc<dyn Clock>,
}

impl<F, W, B> Host<F, W, B>
where
    F: Function,
    W: Fn(&Settings) -> io::Result<Wiring>,
    B: Fn(&Wiring) -> F,
{
    async fn answer(&self, request: &HttpRequest, body: Bytes) -> HttpResponse {
        if let Some(status) = without_event(request.method().as_str(), request.path()) {
            return HttpResponse::new(status);
        }
        let wired = match self.wired() {
            Ok(wired) => wired,
            Err(error) => {
                tracing::error!(function = F::NAME, "cannot be wired: {error}");
                return HttpResponse::new(StatusCode::SERVICE_UNAVAILABLE);
            }
        };
        let Ok(request) = convert(request.headers(), body) else {
            return HttpResponse::new(StatusCode::BAD_REQUEST);
        };
        let now = wired.clock.now();
        let answer = dispatch(
            &wired.function,
            &wired.guard,
            &wired.graveyard,
            request,
            now,
        )
        .await;
        let status = StatusCode::from_u16(answer.status().as_u16());
        HttpResponse::with_body(
            status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            answer.into_body(),
        )
        .map_into_boxed_body()
    }

    fn wired(&self) -> io::Result<&Wired<F>> {
        if let Some(wired) = self.wired.get() {
            return Ok(wired);
        }
        let wiring = (self.wire)(&self.settings)?;
        let wired = Wired {
            guard: wiring.guard(&self.settings).map_err(io::Error::other)?,
            graveyard: wiring.dead_letters(&self.settings),
            clock: wiring.clock.clone(),
            function: (self.build)(&wiring),
        };
        Ok(self.wired.get_or_init(|| wired))
    }
}

/// The answer to what is no delivery: probes, browsers, other verbs.
fn without_event(method: &str, path: &str) -> Option<StatusCode> {
    match (method, path) {
        ("POST", _) => None,
        ("GET" | "HEAD", "/healthz" | "/startup" | "/liveness") => Some(StatusCode::OK),
        ("GET" | "HEAD", "/robots.txt" | "/favicon.ico") => Some(StatusCode::NOT_FOUND),
        _ => Some(StatusCode::METHOD_NOT_ALLOWED),
    }
}

/// A POST with these headers and this body, in the types of `http` 1.
fn convert(headers: &HeaderMap, body: Bytes) -> http::Result<http::Request<Bytes>> {
    headers
        .iter()
        .fold(http::Request::post("/"), |request, (name, value)| {
            request.header(name.as_str(), value.as_bytes())
        })
        .body(body)
}

#[cfg(test)]
#[path = "serve_tests.rs"]
mod tests;
