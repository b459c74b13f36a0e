//! Carries out pushes, over plain HTTP to loopback endpoints.

use crate::Host;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use names::Duration;
use std::{net::IpAddr, sync::Arc};
use tokio::sync::Semaphore;

/// Delivers pushes and reports the results to the cloud. Cheap to clone.
#[derive(Clone)]
pub struct Push {
    host: Arc<Host>,
    client: Client<HttpConnector, Full<Bytes>>,
    slots: Arc<Semaphore>,
}

/// A push, see [`crate::Command::Push`].
pub(super) struct Delivery {
    pub(super) delivery: String,
    pub(super) endpoint: String,
    pub(super) token: Option<String>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
    pub(super) deadline_seconds: u32,
}

impl Push {
    /// Delivers up to `in_flight` pushes at the same time.
    #[must_use]
    pub fn new(host: Arc<Host>, in_flight: usize) -> Self {
        Self {
            host,
            client: Client::builder(TokioExecutor::new()).build_http(),
            slots: Arc::new(Semaphore::new(in_flight)),
        }
    }

    /// Starts to deliver a push, queued behind earlier ones.
    pub(super) fn start(&self, push: Delivery) {
        let this = self.clone();
        tokio::spawn(async move {
            // The semaphore is never closed.
            let _slot = this.slots.acquire().await;
            let delivery = push.delivery.clone();
            let status = this.send(push).await;
            this.host
                .with(|cloud, now| cloud.pushed(&delivery, status, now));
        });
    }

    /// The status of the response, if there is one in time.
    async fn send(&self, push: Delivery) -> Option<u16> {
        let deadline = Duration::from_secs(push.deadline_seconds.into());
        let endpoint = push.endpoint.clone();
        let request = match request(push) {
            Ok(request) => request,
            Err(error) => {
                tracing::warn!(%endpoint, %error, "failed to send a push");
                return None;
            }
        };
        let exchange = async {
            let response = self.client.request(request).await.ok()?;
            let status = response.status().as_u16();
            // Read to the end, so that the connection can be reused.
            response.into_body().collect().await.ok()?;
            Some(status)
        };
        tokio::time::timeout(deadline, exchange)
            .await
            .ok()
            .flatten()
    }
}

fn request(push: Delivery) -> Result<Request<Full<Bytes>>, String> {
    let uri: Uri = push.endpoint.parse().map_err(|e| format!("{e}"))?;
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    // A local cloud must not send data to other machines.
    let local = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    if uri.scheme_str() != Some("http") || !local {
        return Err("push endpoints must be http URLs with a loopback address".to_owned());
    }
    let mut request = Request::new(Full::new(push.body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri;
    let headers = request.headers_mut();
    for (name, value) in push.headers {
        // Attributes of unwrapped messages may be invalid as headers.
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            headers.insert(name, value);
        }
    }
    if let Some(token) = push.token {
        let mut value: HeaderValue = format!("Bearer {token}")
            .parse()
            .map_err(|_| "the token is not a valid header value")?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_pushed_to() {
        for (endpoint, sent) in [
            ("http://127.0.0.1:8080/push?x=1", true),
            ("http://localhost:8080", true),
            ("http://[::1]:8080/", true),
            ("https://127.0.0.1/", false),
            ("http://127.evil.example/", false),
            ("http://example.com/", false),
            ("nonsense", false),
        ] {
            let push = Delivery {
                delivery: String::new(),
                endpoint: endpoint.to_owned(),
                token: None,
                headers: Vec::new(),
                body: Bytes::new(),
                deadline_seconds: 10,
            };
            assert_eq!(request(push).is_ok(), sent, "{endpoint}");
        }
    }
}
