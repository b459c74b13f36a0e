//! The port as an HTTPS proxy: under Google's names, tools find the local cloud
//! with no other setting than `HTTPS_PROXY` and the certificate authority.

use super::certificates::CertificateAuthority;
use crate::{google_name::is_googles, host::Origin};
use axum::{Extension, Router, body::Body, extract::Request};
use http::{Response, StatusCode};
use hyper::{ext::ReasonPhrase, upgrade};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use std::sync::Arc;
use tokio::sync::watch;
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

/// Answers `CONNECT`.
#[derive(Debug, Clone)]
pub(super) struct Proxy {
    pub(super) certificates: Arc<CertificateAuthority>,
    /// What is served at each name.
    pub(super) apis: Router,
    /// Closed when the port is.
    pub(super) stopped: watch::Receiver<()>,
}

impl Proxy {
    /// Accepts a connection to one of Google's names, and refuses all others.
    pub(super) fn connect(&self, request: Request) -> Response<Body> {
        let authority = request.uri().authority();
        let Some(name) = authority
            .filter(|authority| authority.port_u16() == Some(443))
            .map(|authority| authority.host().to_ascii_lowercase())
            .filter(|name| is_googles(name))
        else {
            let name = authority.map_or("", |authority| authority.as_str());
            return refusal(&format!("the local cloud does not serve {name}"));
        };
        match self.certificates.server_config(&name) {
            Ok(config) => {
                let connection = self.clone().serve(request, name, config);
                tokio::spawn(connection);
                Response::new(Body::empty())
            }
            Err(error) => refusal(&format!("no certificate for {name}: {error}")),
        }
    }

    /// Serves the APIs on the connection of `request`, until the client closes it
    /// or the port is closed.
    async fn serve(mut self, request: Request, name: String, config: Arc<ServerConfig>) {
        let apis = self
            .apis
            .layer(Extension(Origin(format!("https://{name}"))));
        let serve = async {
            let upgraded = match upgrade::on(request).await {
                Ok(upgraded) => upgraded,
                Err(error) => return tracing::debug!(%error, name, "the client went away"),
            };
            let acceptor = TlsAcceptor::from(config);
            let stream = match acceptor.accept(TokioIo::new(upgraded)).await {
                Ok(stream) => stream,
                Err(error) => return tracing::debug!(%error, name, "no TLS with the client"),
            };
            let http = auto::Builder::new(TokioExecutor::new());
            let service = TowerToHyperService::new(apis);
            let connection = http.serve_connection_with_upgrades(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                tracing::debug!(error, name, "the connection failed");
            }
        };
        tokio::select! {
            () = serve => {}
            _ = self.stopped.changed() => {}
        }
    }
}

/// A refusal whose reason is in the status line, as clients show no body.
fn refusal(reason: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(format!("{reason}\n")));
    *response.status_mut() = StatusCode::FORBIDDEN;
    if let Ok(reason) = ReasonPhrase::try_from(reason.as_bytes()) {
        response.extensions_mut().insert(reason);
    }
    response
}
