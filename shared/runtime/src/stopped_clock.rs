//! A clock for tests.

use names::{Clock, Duration, Timestamp};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering::SeqCst},
};

/// A clock that stands still until it is moved.
pub(crate) struct StoppedClock(AtomicI64);

impl StoppedClock {
    pub(crate) fn at(seconds: i64) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(seconds * 1_000_000)))
    }

    pub(crate) fn advance(&self, span: Duration) {
        let micros = i64::try_from(span.as_micros()).expect("short");
        self.0.fetch_add(micros, SeqCst);
    }
}

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(SeqCst))
    }
}
