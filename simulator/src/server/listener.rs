//! A served port.

use axum::Router;
use std::net::SocketAddr;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// A port that is served until this is dropped.
#[derive(Debug)]
pub struct Listener {
    addr: SocketAddr,
    /// Dropped to stop.
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Listener {
    pub(super) fn start(listener: TcpListener, addr: SocketAddr, router: Router) -> Self {
        let (stop, stopped) = oneshot::channel();
        let serve = axum::serve(listener, router).with_graceful_shutdown(async {
            let _ = stopped.await;
        });
        let task = tokio::spawn(async move {
            if let Err(error) = serve.await {
                tracing::error!(%error, %addr, "the listener failed");
            }
        });
        Self { addr, stop, task }
    }

    /// Address of the port.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub(super) async fn stop(self) {
        drop(self.stop);
        let _ = self.task.await;
    }
}
