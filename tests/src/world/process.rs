//! The functions, as processes that can crash.

use crate::chaos::CrashSignal;
use bytes::Bytes;
use http::{Request, Response};
use names::Timestamp;
use runtime::{DeadLetters, Function, PushAuthenticator, dispatch};
use std::{cell::RefCell, rc::Rc, sync::Arc};

pub(super) struct Services {
    pub(super) job_queued: Service<job_queued::Handler>,
    pub(super) job_changed: Service<job_changed::Handler>,
    pub(super) maintenance_noticed: Service<maintenance_noticed::Handler>,
    pub(super) project_provisioned: Service<project_provisioned::Handler>,
    pub(super) product_requested: Service<product_requested::Handler>,
    pub(super) sweep: Service<sweep::Handler>,
}

/// A function, its current process, and how to start one.
pub(super) struct Service<F> {
    pub(super) guard: PushAuthenticator,
    pub(super) dead_letters: DeadLetters,
    pub(super) start: Box<dyn Fn(Arc<CrashSignal>) -> F>,
    pub(super) process: RefCell<Option<Rc<Process<F>>>>,
}

pub(super) struct Process<F> {
    function: F,
    crash_signal: Arc<CrashSignal>,
}

impl<F: Function> Service<F> {
    /// Delivers a push; `None` if the process crashed while handling it.
    pub(super) async fn deliver(
        &self,
        request: Request<Bytes>,
        now: Timestamp,
    ) -> Option<Response<Bytes>> {
        let process = self
            .process
            .borrow_mut()
            .get_or_insert_with(|| {
                let crash_signal = Arc::<CrashSignal>::default();
                let function = (self.start)(crash_signal.clone());
                Rc::new(Process {
                    function,
                    crash_signal,
                })
            })
            .clone();
        tokio::select! {
            biased;
            () = process.crash_signal.wait() => {
                let mut current = self.process.borrow_mut();
                if current.as_ref().is_some_and(|c| Rc::ptr_eq(c, &process)) {
                    *current = None;
                }
                None
            }
            response = dispatch(&process.function, &self.guard, &self.dead_letters, request, now) => Some(response),
        }
    }
}
