//! Drives a cloud in tokio time, real or paused: long polls wait, timers fire,
//! and commands are sent to a channel.

use crate::{Audit, Cloud, CloudResponse, Command, Guest, Journal};
use bytes::Bytes;
use http::{Method, Request, Response};
use names::{Clock, Timestamp};
use std::error::Error as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, mpsc};

/// A callback for every exchange, called after the response is known.
pub type Observer = Box<dyn Fn(&Audit, &Request<Bytes>, &Response<Bytes>) + Send + Sync>;

/// Scheme and authority that a request was sent to, if not to the cloud's own
/// port: an extension of the request.
#[derive(Debug, Clone)]
pub(crate) struct Origin(pub(crate) String);

/// A running cloud. Shared in an `Arc`.
pub struct Host {
    cloud: Mutex<Cloud>,
    /// Locked only while the cloud is, so that steps are written in order.
    journal: Mutex<Option<Journal>>,
    clock: Arc<dyn Clock>,
    origin: String,
    commands: mpsc::UnboundedSender<Command>,
    /// Wakes long polls in order of arrival. A `watch` would wake them in
    /// random order, and runs with the same seed would differ.
    changed: Notify,
    /// Wakes [`Host::keep_time`] when the next timer may be earlier.
    rescheduled: Notify,
    observer: Option<Observer>,
}

impl Host {
    /// Runs `cloud`, whose links begin with `origin`. Commands are sent to the
    /// receiver in order. Timers fire only while [`Host::keep_time`] runs.
    pub fn new(
        cloud: Cloud,
        clock: Arc<dyn Clock>,
        origin: &str,
        observer: Option<Observer>,
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<Command>) {
        Self::journaled(cloud, clock, origin, observer, None)
    }

    /// Like [`Host::new`]; every step is journaled before its response is sent.
    pub fn journaled(
        cloud: Cloud,
        clock: Arc<dyn Clock>,
        origin: &str,
        observer: Option<Observer>,
        journal: Option<Journal>,
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<Command>) {
        let (commands, receiver) = mpsc::unbounded_channel();
        let host = Self {
            cloud: Mutex::new(cloud),
            journal: Mutex::new(journal),
            clock,
            origin: origin.to_owned(),
            commands,
            changed: Notify::new(),
            rescheduled: Notify::new(),
            observer,
        };
        (Arc::new(host), receiver)
    }

    fn lock(&self) -> MutexGuard<'_, Cloud> {
        // A panic in one call must not make the cloud unusable.
        self.cloud.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads or changes the cloud directly, beyond what the APIs can.
    pub fn with<R>(&self, act: impl FnOnce(&mut Cloud, Timestamp) -> R) -> R {
        let result = self.step(|cloud, now| (act(cloud, now), true));
        self.rescheduled.notify_one();
        result
    }

    /// One step of the cloud: fires due timers, then calls `act`, which also
    /// returns whether it changed anything. Only changes wake long polls, which
    /// would wake each other for ever otherwise.
    fn step<R>(&self, act: impl FnOnce(&mut Cloud, Timestamp) -> (R, bool)) -> R {
        let now = self.clock.now();
        let mut cloud = self.lock();
        let due = cloud.next_due().is_some_and(|due| due <= now);
        if due {
            cloud.advance(now);
        }
        let (result, changed) = act(&mut cloud, now);
        self.record(&mut cloud);
        for command in cloud.commands() {
            // The receiver is gone: the process is ending.
            let _ = self.commands.send(command);
        }
        if due || changed {
            self.changed.notify_waiters();
        }
        result
    }

    fn record(&self, cloud: &mut Cloud) {
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        match journal.as_mut().map(|journal| journal.record(cloud)) {
            None => cloud.forget_changes(),
            Some(Ok(())) => {}
            // The disk may be full: go on, and write the changes with the next
            // step.
            Some(Err(error)) => {
                tracing::error!(%error, cause = ?error.source(), "failed to store the state")
            }
        }
    }

    /// Handles an API request; a long poll waits.
    pub async fn call(&self, request: Request<Bytes>) -> Response<Bytes> {
        let origin = request.extensions().get::<Origin>();
        let origin = origin.map_or_else(|| self.origin.clone(), |Origin(origin)| origin.clone());
        self.poll(&request, |cloud, arrived, now| {
            cloud.handle(&request, &origin, arrived, now)
        })
        .await
    }

    /// Handles a request to the metadata server of `guest`.
    pub async fn metadata(&self, guest: &Guest, request: Request<Bytes>) -> Response<Bytes> {
        self.poll(&request, |cloud, arrived, now| {
            cloud.metadata(guest, &request, arrived, now)
        })
        .await
    }

    async fn poll(
        &self,
        request: &Request<Bytes>,
        mut handle: impl FnMut(&mut Cloud, Timestamp, Timestamp) -> CloudResponse,
    ) -> Response<Bytes> {
        let arrived = self.clock.now();
        loop {
            let mut change = std::pin::pin!(self.changed.notified());
            // From here on no change is missed.
            change.as_mut().enable();
            let reply = self.step(|cloud, now| {
                let reply = handle(cloud, arrived, now);
                let changed =
                    matches!(reply, CloudResponse::Ready(..)) && request.method() != Method::GET;
                (reply, changed)
            });
            let until = match reply {
                CloudResponse::Ready(response, audit) => {
                    self.rescheduled.notify_one();
                    if let Some(observer) = &self.observer {
                        observer(&audit, request, &response);
                    }
                    return response;
                }
                CloudResponse::WaitUntil(until) => until,
            };
            let wait = until.since(self.clock.now());
            // Try again after a timeout as after a change.
            let _ = tokio::time::timeout(wait, change).await;
        }
    }

    /// Fires timers when they are due, for ever. To be spawned.
    pub async fn keep_time(self: Arc<Self>) {
        loop {
            let wake = self.rescheduled.notified();
            let due = self.step(|cloud, _| (cloud.next_due(), false));
            match due {
                Some(due) => {
                    let wait = due.since(self.clock.now());
                    let _ = tokio::time::timeout(wait, wake).await;
                }
                None => wake.await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::Principal;

    struct FixedClock;

    impl Clock for FixedClock {
        fn now(&self) -> Timestamp {
            Timestamp::from_seconds(1000)
        }
    }

    #[tokio::test]
    async fn answered_calls_are_in_the_journal() {
        let folder = std::env::temp_dir().join(format!("host-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let (journal, restored) = Journal::open(&folder).expect("opens");
        assert!(restored.is_empty());
        let (host, _commands) = Host::journaled(
            Cloud::new(),
            Arc::new(FixedClock),
            "http://x",
            None,
            Some(journal),
        );
        let token = host.with(|cloud, now| {
            let project = "//cloudresourcemanager.googleapis.com/projects/demo-project";
            cloud.add_project("demo-project", 1, None);
            cloud.grant(project, "roles/owner", "user:me@example.com", None);
            cloud.mint(&Principal::user("me@example.com"), now)
        });
        let request = Request::post("/v1/projects/demo-project/serviceAccounts")
            .header("authorization", format!("Bearer {token}"))
            .body(Bytes::from(r#"{"accountId":"agent-a"}"#))
            .expect("a request");
        assert_eq!(host.call(request).await.status(), 200);
        drop(host);
        let (_journal, restored) = Journal::open(&folder).expect("opens");
        let mut cloud = Cloud::new();
        restored.into(&mut cloud).expect("reads");
        let email = "agent-a@demo-project.iam.gserviceaccount.com";
        assert!(cloud.iam.account(email).is_some());
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
