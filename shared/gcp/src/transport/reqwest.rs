//! Bytes over the network: the only user of reqwest.

use super::{BoxFuture, ResponseTimeout, SendError, Transport};
use crate::error::chain;
use bytes::Bytes;
use http::{Request, Response, uri::Scheme};
use names::Duration;
use reqwest::{Client, ClientBuilder, redirect::Policy};
use std::sync::OnceLock;

const CONNECT: Duration = Duration::from_secs(5);
const ANSWER: Duration = Duration::from_secs(60);

/// Sends over the network. Connections are kept and shared; nothing is opened,
/// and no certificate is read, before the first request needs it.
#[derive(Debug, Default)]
pub struct ReqwestTransport {
    tls: OnceLock<Client>,
    plain: OnceLock<Client>,
}

impl ReqwestTransport {
    /// A transport over HTTP/2 and TLS for `https`, through the system's proxy
    /// if it has one; over HTTP/1.1 and no proxy for plain `http`, which is a
    /// simulator, an emulator or the metadata server. It follows no redirects.
    ///
    /// # Errors
    /// None today: a client that cannot be built (no CA certificates) is
    /// [`SendError::NotSent`] when `https` is first used.
    pub fn new() -> Result<Self, SendError> {
        Ok(Self::default())
    }

    fn client(&self, scheme: Option<&Scheme>) -> Result<&Client, SendError> {
        let base = Client::builder()
            .connect_timeout(CONNECT)
            .redirect(Policy::none());
        if scheme == Some(&Scheme::HTTPS) {
            built(&self.tls, base)
        } else {
            // No roots: without this, reqwest reads the system's certificates
            // and fails where there are none, for requests that need none.
            built(&self.plain, base.http1_only().no_proxy().tls_certs_only([]))
        }
    }
}

fn built(cell: &OnceLock<Client>, builder: ClientBuilder) -> Result<&Client, SendError> {
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
            let patience = request
                .extensions()
                .get()
                .map_or(ANSWER, |ResponseTimeout(p)| *p);
            let mut request =
                reqwest::Request::try_from(request).map_err(|e| SendError::NotSent(chain(&e)))?;
            *request.timeout_mut() = Some(patience);
            let mut answer = client.execute(request).await.map_err(|e| failure(&e))?;
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = answer.status();
            *response.headers_mut() = std::mem::take(answer.headers_mut());
            *response.body_mut() = answer.bytes().await.map_err(|e| failure(&e))?;
            Ok(response)
        })
    }
}

fn failure(error: &reqwest::Error) -> SendError {
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

    async fn get(url: &str, patience: Duration) -> Result<Response<Bytes>, SendError> {
        let mut request = Request::get(url).body(Bytes::new()).expect("a request");
        request.extensions_mut().insert(ResponseTimeout(patience));
        ReqwestTransport::new()?.send(request).await
    }

    /// Answers one request with `answer`, then closes.
    async fn once(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/x", listener.local_addr().expect("bound"));
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.expect("a connection");
            let mut seen = [0; 1024];
            let _ = socket.read(&mut seen).await.expect("a request");
            socket.write_all(answer.as_bytes()).await.expect("writes");
        });
        url
    }

    #[tokio::test]
    async fn plain_http_needs_no_certificates_and_redirects_are_not_followed() {
        let url = once(
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 2\r\n\r\nhi",
        )
        .await;
        let answer = get(&url, ANSWER).await.expect("an answer");
        assert_eq!(answer.status(), 302);
        assert_eq!(answer.body().as_ref(), b"hi");
    }

    #[tokio::test]
    async fn a_refused_connection_was_not_sent_and_a_cut_one_may_have_been() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("bound"));
        drop(listener);
        let refused = get(&url, ANSWER).await.expect_err("nobody listens");
        assert!(matches!(refused, SendError::NotSent(_)), "{refused}");

        let url = once("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ncut").await;
        let cut = get(&url, ANSWER).await.expect_err("half an answer");
        assert!(matches!(cut, SendError::NoAnswer(_)), "{cut}");
    }
}
