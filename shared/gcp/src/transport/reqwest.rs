//! The transport over the network; the only user of reqwest.

use super::{BoxFuture, ResponseTimeout, SendError, Transport};
use crate::error::chain;
use bytes::Bytes;
use http::{Request, Response, uri::Scheme};
use names::Duration;
use reqwest::{Client, ClientBuilder, redirect::Policy};
use std::sync::OnceLock;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(60);

/// Sends over the network. Connections are pooled; none is opened, and no
/// certificate is read, before the first request.
#[derive(Debug, Default)]
pub struct ReqwestTransport {
    tls: OnceLock<Client>,
    plain: OnceLock<Client>,
}

impl ReqwestTransport {
    /// A transport over HTTP/2 and TLS for `https`, through the system's proxy if
    /// there is one; over HTTP/1.1 and without a proxy for `http`, which is a
    /// simulator, an emulator or the metadata server. It does not follow
    /// redirects.
    ///
    /// # Errors
    /// None today: without CA certificates the first request to `https` fails
    /// with [`SendError::NotSent`].
    pub fn new() -> Result<Self, SendError> {
        Ok(Self::default())
    }

    fn client(&self, scheme: Option<&Scheme>) -> Result<&Client, SendError> {
        let base = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(Policy::none());
        if scheme == Some(&Scheme::HTTPS) {
            get_or_build(&self.tls, base)
        } else {
            // Without `tls_certs_only`, reqwest reads the system's certificates,
            // which requests without TLS do not need, and fails if there are none.
            get_or_build(&self.plain, base.http1_only().no_proxy().tls_certs_only([]))
        }
    }
}

fn get_or_build(cell: &OnceLock<Client>, builder: ClientBuilder) -> Result<&Client, SendError> {
    if let Some(client) = cell.get() {
        return Ok(client);
    }
    let client = builder.build().map_err(|e| SendError::NotSent(chain(&e)))?;
    Ok(cell.get_or_init(|| client))
}

impl Transport for ReqwestTransport {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, SendError>> {
        Box::pin(async move {
            let client = self.client(request.uri().scheme())?;
            let timeout = request
                .extensions()
                .get()
                .map_or(RESPONSE_TIMEOUT, |ResponseTimeout(timeout)| *timeout);
            let mut request =
                reqwest::Request::try_from(request).map_err(|e| SendError::NotSent(chain(&e)))?;
            *request.timeout_mut() = Some(timeout);
            let mut received = client.execute(request).await.map_err(|e| send_error(&e))?;
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = received.status();
            *response.headers_mut() = std::mem::take(received.headers_mut());
            *response.body_mut() = received.bytes().await.map_err(|e| send_error(&e))?;
            Ok(response)
        })
    }
}

fn send_error(error: &reqwest::Error) -> SendError {
    if error.is_connect() || error.is_builder() {
        SendError::NotSent(chain(error))
    } else {
        SendError::NoAnswer(chain(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    async fn get(url: &str, timeout: Duration) -> Result<Response<Bytes>, SendError> {
        let mut request = Request::get(url).body(Bytes::new()).expect("a request");
        request.extensions_mut().insert(ResponseTimeout(timeout));
        ReqwestTransport::new()?.send(request).await
    }

    /// Answers one request with `response`, then closes.
    async fn once(response: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/x", listener.local_addr().expect("bound"));
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.expect("a connection");
            let mut seen = [0; 1024];
            let _ = socket.read(&mut seen).await.expect("a request");
            socket.write_all(response.as_bytes()).await.expect("writes");
        });
        url
    }

    #[tokio::test]
    async fn plain_http_needs_no_certificates_and_redirects_are_not_followed() {
        let url = once(
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 2\r\n\r\nhi",
        )
        .await;
        let response = get(&url, RESPONSE_TIMEOUT).await.expect("an response");
        assert_eq!(response.status(), 302);
        assert_eq!(response.body().as_ref(), b"hi");
    }

    #[tokio::test]
    async fn a_refused_connection_was_not_sent_and_a_cut_one_may_have_been() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("bound"));
        drop(listener);
        let refused = get(&url, RESPONSE_TIMEOUT)
            .await
            .expect_err("nobody listens");
        assert!(matches!(refused, SendError::NotSent(_)), "{refused}");

        let url = once("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ncut").await;
        let cut = get(&url, RESPONSE_TIMEOUT)
            .await
            .expect_err("half an response");
        assert!(matches!(cut, SendError::NoAnswer(_)), "{cut}");
    }
}
