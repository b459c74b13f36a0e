//! The [`Publisher`] over google-cloud-pubsub, Google's gRPC client.
//!
//! The client brings gRPC, OpenTelemetry and a good part of Google's libraries
//! with it, so only the functions' binaries link this crate. Everything else
//! publishes through [`gcp::RestPublisher`].

use gcp::{
    BoxFuture, Client, Error, ErrorKind, Message, Publisher, SCOPES, SendError, TokenError,
    TokenProvider, chain, methods::pubsub::PUBLISH,
};
use google_cloud_auth::{
    credentials::{
        CacheableResource, Credentials, CredentialsProvider, EntityTag, anonymous::Builder,
    },
    errors::CredentialsError,
};
use google_cloud_pubsub::{
    client::{BasePublisher, Publisher as TopicPublisher},
    error::PublishError,
    model,
};
use http::{Extensions, HeaderMap, HeaderValue, header::AUTHORIZATION};
use names::{Duration, TopicName};
use std::{collections::BTreeMap, fmt, sync::Arc};
use tokio::sync::Mutex;

/// The library itself tries for ten minutes, which no function has.
const PUBLISH_TIMEOUT: Duration = Duration::from_secs(20);

/// Publishes by gRPC with Google's library, each message at once. Connects
/// when it is first used, and keeps one publisher for each topic.
pub struct PubsubPublisher {
    endpoint: Option<String>,
    credentials: Credentials,
    built: Mutex<Connections>,
}

#[derive(Default)]
struct Connections {
    base: Option<BasePublisher>,
    topics: BTreeMap<TopicName, TopicPublisher>,
}

/// A function's publisher in production: what its `main` hands to the runtime.
#[must_use]
pub fn pubsub(client: &Client) -> Arc<dyn Publisher> {
    let endpoints = client.endpoints();
    let endpoint = (!endpoints.is_google()).then(|| endpoints.base("pubsub"));
    let tokens = client.tokens().clone();
    Arc::new(PubsubPublisher::new(tokens, endpoint.as_deref()))
}

impl PubsubPublisher {
    /// Publishes with the identity of `tokens`, at Google or at `endpoint`
    /// (`http://127.0.0.1:8085`).
    #[must_use]
    pub fn new(tokens: Arc<dyn TokenProvider>, endpoint: Option<&str>) -> Self {
        Self {
            endpoint: endpoint.map(str::to_owned),
            credentials: Credentials::from(Tokens(tokens)),
            built: Mutex::default(),
        }
    }

    /// Publishes without credentials, which only Google's emulator accepts.
    #[must_use]
    pub fn anonymous(endpoint: &str) -> Self {
        Self {
            endpoint: Some(endpoint.to_owned()),
            credentials: Builder::new().build(),
            built: Mutex::default(),
        }
    }

    async fn topic(&self, topic: &TopicName) -> Result<TopicPublisher, ErrorKind> {
        let mut built = self.built.lock().await;
        if let Some(publisher) = built.topics.get(topic) {
            return Ok(publisher.clone());
        }
        let base = match &built.base {
            Some(base) => base.clone(),
            None => {
                let mut builder =
                    BasePublisher::builder().with_credentials(self.credentials.clone());
                if let Some(endpoint) = &self.endpoint {
                    builder = builder.with_endpoint(endpoint);
                }
                let base = builder.build().await;
                let base = base.map_err(|e| ErrorKind::Send(SendError::NotSent(chain(&e))))?;
                built.base.insert(base).clone()
            }
        };
        let publisher = base
            .publisher(topic.to_string())
            .set_message_count_threshold(1)
            .build();
        built.topics.insert(topic.clone(), publisher.clone());
        Ok(publisher)
    }

    async fn try_publish(&self, topic: &TopicName, message: Message) -> Result<String, ErrorKind> {
        let publisher = self.topic(topic).await?;
        let message = model::Message::new()
            .set_data(message.data)
            .set_attributes(message.attributes);
        match tokio::time::timeout(PUBLISH_TIMEOUT, publisher.publish(message)).await {
            Ok(Ok(id)) => Ok(id),
            Ok(Err(error)) => {
                if matches!(error, PublishError::Shutdown) {
                    // Its tasks ended with the runtime that it was made on.
                    *self.built.lock().await = Connections::default();
                }
                Err(error_kind(&error))
            }
            Err(_) => {
                let text = format!("not stored within {} s", PUBLISH_TIMEOUT.as_secs());
                Err(ErrorKind::Send(SendError::NoAnswer(text)))
            }
        }
    }
}

impl Publisher for PubsubPublisher {
    fn publish<'a>(
        &'a self,
        topic: &'a TopicName,
        message: Message,
    ) -> BoxFuture<'a, Result<String, Error>> {
        Box::pin(async move {
            let published = self.try_publish(topic, message).await;
            published.map_err(|kind| Error {
                method: PUBLISH.id,
                resource: topic.to_string(),
                is_conditional: false,
                kind,
            })
        })
    }
}

fn error_kind(error: &PublishError) -> ErrorKind {
    let PublishError::Rpc(error) = error else {
        return ErrorKind::Send(SendError::NoAnswer(error.to_string()));
    };
    if error.is_authentication() {
        return ErrorKind::Token(TokenError::from_chain(error.as_ref()));
    }
    if let Some(status) = error.status() {
        return ErrorKind::from_grpc(status.code.name(), &status.message);
    }
    let text = chain(error.as_ref());
    if error.is_connect() {
        ErrorKind::Send(SendError::NotSent(text))
    } else {
        ErrorKind::Send(SendError::NoAnswer(text))
    }
}

/// The workspace's token source, as Google's libraries take one.
struct Tokens(Arc<dyn TokenProvider>);

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens")
    }
}

impl CredentialsProvider for Tokens {
    async fn headers(
        &self,
        _: Extensions,
    ) -> Result<CacheableResource<HeaderMap>, CredentialsError> {
        let token = self.0.token(SCOPES).await;
        let token = token.map_err(|e| CredentialsError::new(false, "no token", e))?;
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.as_str()))
            .map_err(|e| CredentialsError::new(false, "the token is not a header value", e))?;
        bearer.set_sensitive(true);
        Ok(CacheableResource::New {
            entity_tag: EntityTag::new(),
            data: HeaderMap::from_iter([(AUTHORIZATION, bearer)]),
        })
    }

    async fn universe_domain(&self) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, body::Body, extract::Request, response::Response};
    use bytes::Bytes;
    use gcp::credentials::StaticToken;
    use http_body_util::{BodyExt, Full};

    /// `PublishResponse { message_ids: ["id-1"] }` in one gRPC frame.
    const PUBLISHED: &[u8] = b"\0\0\0\0\x06\x0a\x04id-1";

    /// A gRPC server that publishes for the bearer of `good` and refuses others.
    async fn serve() -> String {
        let publish = async |request: Request| {
            let bearer = request.headers().get(AUTHORIZATION);
            let grpc = Response::builder().header("content-type", "application/grpc");
            if bearer.is_none_or(|bearer| bearer != "Bearer good") {
                return grpc
                    .header("grpc-status", "7")
                    .header("grpc-message", "Permission%20denied on resource")
                    .body(Body::empty())
                    .expect("an answer");
            }
            let trailers = HeaderMap::from_iter([(
                http::HeaderName::from_static("grpc-status"),
                HeaderValue::from_static("0"),
            )]);
            let body = Full::new(Bytes::from_static(PUBLISHED))
                .with_trailers(async move { Some(Ok(trailers)) });
            grpc.body(Body::new(body)).expect("an answer")
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let app = Router::new().route(
            "/google.pubsub.v1.Publisher/Publish",
            axum::routing::post(publish),
        );
        tokio::spawn(async move { axum::serve(listener, app).await });
        url
    }

    async fn publish(publisher: &PubsubPublisher) -> Result<String, Error> {
        let topic = "projects/project-1/topics/topic-1".parse().expect("valid");
        publisher.publish(&topic, Message::json(&"x")).await
    }

    #[tokio::test]
    async fn the_functions_token_is_sent_even_over_plain_http() {
        let url = serve().await;
        let good = PubsubPublisher::new(Arc::new(StaticToken::new("good")), Some(&url));
        assert_eq!(publish(&good).await.expect("published"), "id-1");
        assert_eq!(publish(&good).await.expect("published"), "id-1");
        for refused in [
            PubsubPublisher::new(Arc::new(StaticToken::new("bad")), Some(&url)),
            PubsubPublisher::anonymous(&url),
        ] {
            let error = publish(&refused).await.expect_err("refused");
            assert!(error.is_denied(), "{error}");
            assert_eq!(error.reason(), "PERMISSION_DENIED");
            assert!(error.to_string().contains("Permission denied on resource"));
        }
    }

    #[tokio::test]
    async fn without_a_token_nothing_is_published() {
        let url = serve().await;
        let none = PubsubPublisher::new(Arc::new(StaticToken::new("line\nbreak")), Some(&url));
        let error = publish(&none).await.expect_err("no header");
        assert!(matches!(error.kind, ErrorKind::Token(_)), "{error}");
    }
}
