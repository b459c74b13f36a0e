//! One port for every API.

use super::{Listener, grpc, router::answering};
use crate::Host;
use std::{io, net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;

/// Why the server does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Another process listens there.
    #[error(
        "port {} on {} is in use: end the process that listens there (perhaps an earlier local \
         cloud), or choose another port",
        .0.port(), .0.ip()
    )]
    PortInUse(SocketAddr),
    /// The address cannot be listened on for another reason.
    #[error("cannot listen on {addr}")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// Why.
        source: io::Error,
    },
}

/// A port that is taken, but not served yet: the cloud's links need its number.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    addr: SocketAddr,
}

/// Every API on one port, in HTTP/1 and (for gRPC) HTTP/2 without TLS, until
/// it is dropped.
#[derive(Debug)]
pub struct Server(Listener);

impl Server {
    /// Takes a port; 0 is any that is free.
    ///
    /// # Errors
    /// If the port is in use or the address is not this machine's.
    pub async fn bind(addr: SocketAddr) -> Result<Bound, ServerError> {
        let listen = |source: io::Error| match source.kind() == io::ErrorKind::AddrInUse {
            true => ServerError::PortInUse(addr),
            false => ServerError::Listen { addr, source },
        };
        let listener = TcpListener::bind(addr).await.map_err(listen)?;
        let addr = listener.local_addr().map_err(listen)?;
        Ok(Bound { listener, addr })
    }

    /// [`Server::bind`] and [`Bound::serve`] in one, for a host whose links
    /// do not matter or that knows its port.
    ///
    /// # Errors
    /// As [`Server::bind`].
    pub async fn start(host: Arc<Host>, bind: SocketAddr) -> Result<Self, ServerError> {
        Ok(Self::bind(bind).await?.serve(host))
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.0.addr()
    }

    /// Takes no more requests and waits for the answers under way.
    pub async fn stop(self) {
        self.0.stop().await;
    }
}

impl Bound {
    /// Where it will listen.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The origin for links, `http://host:port`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Answers requests from `host`. Time passes only while
    /// [`Host::keep_time`] runs.
    #[must_use]
    pub fn serve(self, host: Arc<Host>) -> Server {
        let rest = answering({
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
