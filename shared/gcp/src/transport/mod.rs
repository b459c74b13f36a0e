//! The interface through which all requests are sent.

mod reqwest;

pub use self::reqwest::ReqwestTransport;

use bytes::Bytes;
use http::{Request, Response};
use names::Duration;
use std::{future::Future, pin::Pin};
use thiserror::Error;

/// A boxed future that is `Send`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Sends HTTP requests: reqwest in production, the simulator in process in tests.
pub trait Transport: Send + Sync {
    /// Sends `request` and reads the complete response, whatever its status.
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, SendError>>;
}

/// A request extension: how long the complete response may take. Without it the
/// transport's own timeout applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResponseTimeout(pub Duration);

/// There was no response.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SendError {
    /// The request was certainly not sent (no connection).
    #[error("not sent: {0}")]
    NotSent(String),
    /// It may have been sent, and may still be applied, now or later.
    #[error("no response: {0}")]
    NoAnswer(String),
}
