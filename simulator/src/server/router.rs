//! Reads request bodies.

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
};
use http::{Response, StatusCode};

/// Maximum size of a request body, in bytes.
pub const BODY_LIMIT: usize = 32 << 20;

/// A router that calls `handler` with each request and its complete body.
pub(super) fn body_router<F, A>(handler: F) -> Router
where
    F: Fn(http::Request<bytes::Bytes>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<bytes::Bytes>> + Send,
{
    Router::new().fallback(async move |request| with_body(request, handler).await)
}

/// Calls `handler` with the request and its complete body.
pub(super) async fn with_body<A>(
    request: Request,
    handler: impl FnOnce(http::Request<bytes::Bytes>) -> A,
) -> Response<Body>
where
    A: Future<Output = Response<bytes::Bytes>>,
{
    let (head, body) = request.into_parts();
    match to_bytes(body, BODY_LIMIT).await {
        Ok(body) => handler(http::Request::from_parts(head, body))
            .await
            .map(Body::from),
        Err(_) => {
            let mut refusal = Response::new(Body::from("The request body is too large.\n"));
            *refusal.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
            refusal
        }
    }
}
