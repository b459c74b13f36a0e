//! A transport that counts what is sent.

use bytes::Bytes;
use gcp::{BoxFuture, SendError, Transport};
use http::{Request, Response};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Sends as `inner` does, and counts.
pub(crate) struct Counted<T> {
    inner: T,
    calls: Arc<AtomicUsize>,
}

/// How many calls were sent so far.
#[derive(Clone, Default)]
pub(crate) struct Calls(Arc<AtomicUsize>);

impl Calls {
    /// That many.
    pub(crate) fn number(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// `inner`, counted here.
    pub(crate) fn of<T>(&self, inner: T) -> Counted<T> {
        let calls = Arc::clone(&self.0);
        Counted { inner, calls }
    }
}

impl<T: Transport> Transport for Counted<T> {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, SendError>> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.inner.send(request)
    }
}
