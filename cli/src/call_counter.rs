//! A transport that counts the requests sent through it.

use bytes::Bytes;
use gcp::{BoxFuture, SendError, Transport};
use http::{Request, Response};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Sends requests through `inner` and counts them.
pub(crate) struct CountingTransport<T> {
    inner: T,
    calls: Arc<AtomicUsize>,
}

/// The number of requests sent so far, shared with the transport.
#[derive(Clone, Default)]
pub(crate) struct CallCounter(Arc<AtomicUsize>);

impl CallCounter {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// `inner`, with its requests counted here.
    pub(crate) fn wrap<T>(&self, inner: T) -> CountingTransport<T> {
        let calls = Arc::clone(&self.0);
        CountingTransport { inner, calls }
    }
}

impl<T: Transport> Transport for CountingTransport<T> {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, SendError>> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.inner.send(request)
    }
}
