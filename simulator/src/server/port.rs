//! One port for all APIs.

use super::{Listener, grpc, router::body_router};
use crate::Host;
use std::{io, net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Another process listens on the port.
    #[error(
        "port {} on {} is in use: end the process that listens there (perhaps an earlier local \
         cloud), or choose another port",
        .0.port(), .0.ip()
    )]
    PortInUse(SocketAddr),
    /// Any other error of listening on the address.
    #[error("cannot listen on {addr}")]
    Listen {
        /// The requested address.
        addr: SocketAddr,
        /// The I/O error.
        source: io::Error,
    },
}

/// A port that is bound but not served yet, as the links of the cloud contain
/// its number.
#[derive(Debug)]
pub struct BoundServer {
    listener: TcpListener,
    addr: SocketAddr,
}

/// All APIs on one port, in HTTP/1 and (for gRPC) HTTP/2 without TLS, until it
/// is dropped.
#[derive(Debug)]
pub struct Server(Listener);

impl Server {
    /// Binds a port; 0 stands for any free one.
    ///
    /// # Errors
    /// The port is in use, or the address is not local.
    pub async fn bind(addr: SocketAddr) -> Result<BoundServer, ServerError> {
        let listen = |source: io::Error| match source.kind() == io::ErrorKind::AddrInUse {
            true => ServerError::PortInUse(addr),
            false => ServerError::Listen { addr, source },
        };
        let listener = TcpListener::bind(addr).await.map_err(listen)?;
        let addr = listener.local_addr().map_err(listen)?;
        Ok(BoundServer { listener, addr })
    }

    /// [`Server::bind`] and [`BoundServer::serve`], for a host that knows its
    /// port or does not need links.
    ///
    /// # Errors
    /// As [`Server::bind`].
    pub async fn start(host: Arc<Host>, bind: SocketAddr) -> Result<Self, ServerError> {
        Ok(Self::bind(bind).await?.serve(host))
    }

    /// Address of the port.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.0.addr()
    }

    /// Stops accepting requests and waits for those in progress.
    pub async fn stop(self) {
        self.0.stop().await;
    }
}

impl BoundServer {
    /// Address of the port.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The origin for links, `http://host:port`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Serves requests from `host`. Timers fire only while [`Host::keep_time`]
    /// runs.
    #[must_use]
    pub fn serve(self, host: Arc<Host>) -> Server {
        let rest = body_router({
            let host = Arc::clone(&host);
            move |request| {
                let host = Arc::clone(&host);
                async move { host.call(request).await }
            }
        });
        let router = grpc::routes(host).fallback_service(rest);
        Server(Listener::start(self.listener, self.addr, router))
    }
}
