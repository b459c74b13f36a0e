//! The limit on concurrent deliveries, and draining.

use names::Duration;
use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};

/// How long a drain waits for handlers. Cloud Run leaves 10 s between SIGTERM
/// and SIGKILL; the rest is for the nacks of those that are given up.
const HANDLER_TIMEOUT: Duration = Duration::from_millis(8500);
/// How long those nacks are waited for; nothing but a stuck thread delays them.
const NACK_TIMEOUT: Duration = Duration::from_millis(200);

/// Admits deliveries up to a limit, and none once it is closed.
pub(crate) struct Gate {
    limit: usize,
    inside: Mutex<GateState>,
    empty: Notify,
    given_up: watch::Sender<bool>,
}

struct GateState {
    count: usize,
    closed: bool,
}

/// Why a delivery was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AdmissionError {
    /// The limit is reached.
    Full,
    /// The process is shutting down.
    Draining,
}

/// An admitted delivery, until it is dropped.
pub(crate) struct Permit(Arc<Gate>);

impl Gate {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            limit,
            inside: Mutex::new(GateState {
                count: 0,
                closed: false,
            }),
            empty: Notify::new(),
            given_up: watch::Sender::new(false),
        })
    }

    pub(crate) fn enter(self: &Arc<Self>) -> Result<Permit, AdmissionError> {
        let mut inside = self.inside();
        if inside.closed {
            return Err(AdmissionError::Draining);
        }
        if inside.count >= self.limit {
            return Err(AdmissionError::Full);
        }
        inside.count += 1;
        Ok(Permit(self.clone()))
    }

    pub(crate) fn draining(&self) -> bool {
        self.inside().closed
    }

    /// Returns once the deliveries that are still being handled must be nacked.
    pub(crate) fn given_up(&self) -> impl Future<Output = ()> + use<> {
        let mut given_up = self.given_up.subscribe();
        async move {
            // The gate outlives what is inside.
            let _ = given_up.wait_for(|given_up| *given_up).await;
        }
    }

    /// Closes, waits for admitted deliveries, and gives up the rest in time for
    /// their nacks.
    pub(crate) async fn drain(&self) {
        let count = {
            let mut inside = self.inside();
            inside.closed = true;
            inside.count
        };
        if count == 0
            || timeout(HANDLER_TIMEOUT, self.empty.notified())
                .await
                .is_ok()
        {
            return;
        }
        self.given_up.send_replace(true);
        let _ = timeout(NACK_TIMEOUT, self.empty.notified()).await;
    }

    fn inside(&self) -> MutexGuard<'_, GateState> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut inside = self.0.inside();
        inside.count -= 1;
        if inside.closed && inside.count == 0 {
            self.0.empty.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn deliveries_are_refused_when_the_gate_is_full_and_when_it_is_closed() {
        let gate = Gate::new(2);
        let first = gate.enter().expect("room");
        let second = gate.enter().expect("room");
        assert_eq!(gate.enter().err(), Some(AdmissionError::Full));
        drop(second);
        let second = gate.enter().expect("room again");

        let mut draining = Box::pin(gate.drain());
        assert!(draining.as_mut().now_or_never().is_none());
        assert!(gate.draining());
        drop(first);
        assert_eq!(gate.enter().err(), Some(AdmissionError::Draining));
        assert!(draining.as_mut().now_or_never().is_none());
        assert!(gate.given_up().now_or_never().is_none());
        drop(second);
        draining.await;
        assert!(gate.given_up().now_or_never().is_none());
    }

    #[tokio::test]
    async fn an_empty_gate_drains_at_once() {
        let gate = Gate::new(1);
        drop(gate.enter());
        assert!(gate.drain().now_or_never().is_some());
        assert_eq!(gate.enter().err(), Some(AdmissionError::Draining));
    }
}
