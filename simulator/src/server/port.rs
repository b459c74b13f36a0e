//! One port for all APIs.

use super::{
    Listener, batch,
    certificates::CertificateAuthority,
    files::Files,
    grpc::{self, is_grpc},
    proxy::Proxy,
    router::with_body,
    uploads::{self, Reception},
};
use crate::Host;
use axum::{
    Router,
    body::Body,
    extract::Request,
    routing::{MethodFilter, on},
};
use std::{error::Error, future::ready, io, net::SocketAddr, path::Path, sync::Arc};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

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
    /// The certificate authority of the proxy cannot be made; not observed.
    #[error("cannot make a certificate authority")]
    Certificates(#[source] Box<dyn Error + Send + Sync>),
}

/// A port that is bound but not served yet, as the links of the cloud contain
/// its number.
#[derive(Debug)]
pub struct BoundServer {
    listener: TcpListener,
    addr: SocketAddr,
    certificates: Arc<CertificateAuthority>,
}

/// All APIs on one port, in HTTP/1 and (for gRPC) HTTP/2, until it is dropped:
/// without TLS, and as a proxy for Google's names with it.
#[derive(Debug)]
pub struct Server {
    listener: Listener,
    /// Dropped to close the proxy's connections.
    proxied: watch::Sender<()>,
    _tasks: JoinSet<()>,
}

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
        let certificates = CertificateAuthority::new()
            .map_err(|error| ServerError::Certificates(Box::new(error)))?;
        Ok(BoundServer {
            listener,
            addr,
            certificates: Arc::new(certificates),
        })
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
        self.listener.addr()
    }

    /// Stops accepting requests and waits for those in progress, but for those
    /// through the proxy.
    pub async fn stop(self) {
        drop(self.proxied);
        self.listener.stop().await;
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

    /// The certificate, in PEM, by which clients of the proxy verify Google's
    /// names.
    #[must_use]
    pub fn ca_certificate(&self) -> String {
        self.certificates.pem()
    }

    /// Serves requests from `host`, with all contents in memory. Timers fire only
    /// while [`Host::keep_time`] runs.
    #[must_use]
    pub fn serve(self, host: Arc<Host>) -> Server {
        self.serve_from(host, None)
    }

    /// Like [`BoundServer::serve`], with contents of objects in `folder` but for
    /// small ones. Files that no object needs are removed from it.
    ///
    /// # Errors
    /// The folder cannot be created or read.
    pub fn serve_with_files(self, host: Arc<Host>, folder: &Path) -> io::Result<Server> {
        let files = Files::open(folder)?;
        Ok(self.serve_from(host, Some(files)))
    }

    fn serve_from(self, host: Arc<Host>, files: Option<Arc<Files>>) -> Server {
        let mut tasks = JoinSet::new();
        if let Some(files) = &files {
            tasks.spawn(Arc::clone(files).keep_clean(Arc::downgrade(&host)));
        }
        let (proxied, stopped) = watch::channel(());
        let proxy = Proxy {
            certificates: self.certificates,
            apis: apis(Arc::clone(&host), files.clone()),
            stopped,
        };
        let connect = on(MethodFilter::CONNECT, move |request| {
            ready(proxy.connect(request))
        });
        let router = Router::new().fallback_service(connect.fallback_service(apis(host, files)));
        Server {
            listener: Listener::start(self.listener, self.addr, router),
            proxied,
            _tasks: tasks,
        }
    }
}

/// All APIs, by REST and gRPC.
pub(super) fn apis(host: Arc<Host>, files: Option<Arc<Files>>) -> Router {
    Router::new().fallback(async move |request: Request| {
        if is_grpc(request.headers()) {
            return grpc::call(host, request).await;
        }
        let Some(files) = files else {
            return with_body(request, |request| batch::call(&host, request)).await;
        };
        let response = match uploads::receive(request, &host, &files).await {
            Reception::Upload(request, _in_flight) => host.call(request).await.map(Body::from),
            Reception::Refused(response) => response,
            Reception::None(request) => {
                with_body(request, |request| batch::call(&host, request)).await
            }
        };
        files.respond(response)
    })
}
