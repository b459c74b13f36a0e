//! The seam that bytes leave through.

mod reqwest;

pub use self::reqwest::ReqwestTransport;

use bytes::Bytes;
use http::{Request, Response};
use names::Duration;
use std::{future::Future, pin::Pin};
use thiserror::Error;

/// A boxed future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Bytes in, bytes out: reqwest in production, the simulator in process in tests.
pub trait Transport: Send + Sync {
    /// Sends `request` and reads the whole answer, of any status.
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, SendError>>;
}

/// How long the whole answer may take: an extension of a request that waits
/// for something to happen. A transport has its own limit without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResponseTimeout(pub Duration);

/// No answer came.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SendError {
    /// The request surely was not sent (no connection).
    #[error("not sent: {0}")]
    NotSent(String),
    /// It may have been sent, and may still be applied, now or later.
    #[error("no answer: {0}")]
    NoAnswer(String),
}
