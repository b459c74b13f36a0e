//! The server: actix-web in front of [`crate::dispatch`].
//!
//! A request head over 128 KiB or with more than 96 headers is answered 431 by
//! actix-http itself (`MAX_BUFFER_SIZE` and `MAX_HEADERS` of its decoder, which
//! cannot be configured), before any of this: nothing is verified, fetched or
//! recorded for it. A wrapped push has a message's attributes in its body, so
//! that only an unwrapped push with metadata can meet the limit: of a message
//! with more than about 88 attributes, or with 100 KiB of them. The
//! subscriptions in `deploy` are wrapped, and their dead-letter policy keeps what
//! is refused again and again.

mod host;

use crate::{Function, Settings, Wiring, gate::Gate};
use actix_web::{
    App, HttpServer,
    dev::{Server, ServerHandle},
    rt::System,
    web,
};
use host::FunctionHost;
use names::Duration;
use std::{
    future::{Future, pending},
    io,
    net::{SocketAddr, TcpListener},
    pin::pin,
    rc::Rc,
    sync::{Arc, mpsc},
};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};

/// How long responses may take to be written after the last handler has ended,
/// in seconds. actix checks once a second.
const SHUTDOWN_TIMEOUT_SECONDS: u64 = 1;
/// An idle connection must not keep the drain waiting.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// Serves a function until SIGTERM or SIGINT, then drains: what is in flight
/// is finished, everything new is answered 503 with `Connection: close`, what
/// is still running after 8.5 s is nacked, and within 10 s all is over.
/// `wire` and `build` are called on the first request, so that the server listens
/// as early as possible.
///
/// # Errors
/// The settings are faulty, or the socket cannot be used.
pub async fn serve<F, W, B>(
    listener: TcpListener,
    settings: Settings,
    wire: W,
    build: B,
) -> io::Result<()>
where
    F: Function,
    W: Fn(&Settings) -> io::Result<Wiring> + Clone + Send + 'static,
    B: Fn(&Wiring) -> F + Clone + Send + 'static,
{
    let mut term = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let shutdown = async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    let gate = Gate::new(settings.concurrency);
    let server = server(listener, settings, wire, build, &gate)?;
    run(server, &gate, shutdown).await
}

/// A function that is served on a thread of its own.
pub struct RunningServer {
    /// The address that it listens on.
    pub addr: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: oneshot::Receiver<io::Result<()>>,
}

impl RunningServer {
    /// Drains as [`serve`] does on SIGTERM, and stops.
    ///
    /// # Errors
    /// The server had failed.
    pub async fn stop(self) -> io::Result<()> {
        // An error means that the server has failed, which `ended` says.
        let _ = self.stop.send(());
        self.ended
            .await
            .map_err(|_| io::Error::other("the server's thread died"))?
    }
}

/// Serves a function on a thread of its own until [`RunningServer::stop`]; signals
/// are left to the caller, which may host several functions.
///
/// # Errors
/// The settings are faulty, or the socket cannot be used.
pub fn start<F, B>(listener: TcpListener, settings: Settings, build: B) -> io::Result<RunningServer>
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
) -> io::Result<RunningServer>
where
    F: Function,
    W: Fn(&Settings) -> io::Result<Wiring> + Clone + Send + 'static,
    B: Fn(&Wiring) -> F + Clone + Send + 'static,
{
    let addr = listener.local_addr()?;
    let (started, start) = mpsc::channel();
    let (stop, stopped) = oneshot::channel();
    let (end, ended) = oneshot::channel();
    // Dropping the `RunningServer` does not stop the server.
    let shutdown = async move {
        if stopped.await.is_err() {
            pending::<()>().await;
        }
    };
    std::thread::Builder::new()
        .name(F::NAME.to_owned())
        .spawn(move || {
            System::new().block_on(async move {
                let gate = Gate::new(settings.concurrency);
                let served = match server(listener, settings, wire, build, &gate) {
                    Ok(server) => {
                        let _ = started.send(Ok(()));
                        run(server, &gate, shutdown).await
                    }
                    Err(error) => {
                        let _ = started.send(Err(error));
                        Ok(())
                    }
                };
                // An error means that the `RunningServer` was dropped.
                let _ = end.send(served);
            });
        })?;
    start
        .recv()
        .map_err(|_| io::Error::other("the server's thread died"))??;
    Ok(RunningServer { addr, stop, ended })
}

/// Runs `server` until `shutdown` returns, then drains.
///
/// actix's own graceful stop comes last. From its beginning on (actix-http
/// 3.20, `h1/dispatcher.rs`, `DRAINING`) it closes idle connections
/// without an answer to what is on its way on them, stops listening, and
/// drops connections that are accepted but not yet read; at its timeout it
/// drops handlers without an answer. So it begins when no handler is left,
/// and until then new requests are refused with 503.
async fn run(server: Server, gate: &Gate, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    let handle: ServerHandle = server.handle();
    let mut server = pin!(server);
    tokio::select! {
        ended = &mut server => return ended,
        () = shutdown => {}
    }
    tracing::info!("draining");
    let drain = async {
        gate.drain().await;
        handle.stop(true).await;
    };
    tokio::join!(drain, server).1
}

fn server<F, W, B>(
    listener: TcpListener,
    settings: Settings,
    wire: W,
    build: B,
    gate: &Arc<Gate>,
) -> io::Result<Server>
where
    F: Function,
    W: Fn(&Settings) -> io::Result<Wiring> + Clone + Send + 'static,
    B: Fn(&Wiring) -> F + Clone + Send + 'static,
{
    settings.check().map_err(io::Error::other)?;
    let gate = gate.clone();
    let server = HttpServer::new(move || {
        let (wire, build) = (wire.clone(), build.clone());
        let host = Rc::new(FunctionHost::new(
            settings.clone(),
            wire,
            build,
            gate.clone(),
        ));
        App::new().default_service(web::to(move |request, payload| {
            let host = host.clone();
            async move { host.answer(request, payload).await }
        }))
    })
    .workers(1)
    .keep_alive(KEEP_ALIVE)
    .shutdown_timeout(SHUTDOWN_TIMEOUT_SECONDS)
    .disable_signals();
    Ok(server.listen(listener)?.run())
}

#[cfg(test)]
#[path = "serve_tests.rs"]
mod tests;
