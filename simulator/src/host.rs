//! A cloud in tokio time, real or paused: long polls wait, due things happen,
//! and commands are handed to whoever carries them out.

use crate::{Audit, Cloud, Command, Guest, Journal, Reply};
use bytes::Bytes;
use http::{Method, Request, Response};
use names::{Clock, Timestamp};
use std::error::Error as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, mpsc};

/// Something that is told of every exchange once it is answered.
pub type Observer = Box<dyn Fn(&Audit, &Request<Bytes>, &Response<Bytes>) + Send + Sync>;

/// A running cloud. Cheap to share behind an `Arc`.
pub struct Host {
    cloud: Mutex<Cloud>,
    /// Locked only under the cloud's lock, so that steps are written in order.
    journal: Mutex<Option<Journal>>,
    clock: Arc<dyn Clock>,
    origin: String,
    commands: mpsc::UnboundedSender<Command>,
    /// Wakes long polls, in the order in which they came: a `watch` would wake
    /// them at random, and no seed would tell the same story twice.
    changed: Notify,
    /// Wakes the time keeper when something became due earlier.
    earlier: Notify,
    observer: Option<Observer>,
}

impl Host {
    /// Runs `cloud`, whose links begin with `origin`. Commands arrive at the
    /// receiver in order; nothing happens by itself until [`Host::keep_time`] runs.
    pub fn new(
        cloud: Cloud,
        clock: Arc<dyn Clock>,
        origin: &str,
        observer: Option<Observer>,
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<Command>) {
        Self::journaled(cloud, clock, origin, observer, None)
    }

    /// [`Host::new`], and every step is in the journal before its answer leaves.
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
            earlier: Notify::new(),
            observer,
        };
        (Arc::new(host), receiver)
    }

    fn lock(&self) -> MutexGuard<'_, Cloud> {
        // A panic in one call must not take the whole cloud down.
        self.cloud.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at or changes the cloud directly, as no API call could.
    pub fn with<R>(&self, act: impl FnOnce(&mut Cloud, Timestamp) -> R) -> R {
        let result = self.step(|cloud, now| (act(cloud, now), true));
        self.earlier.notify_one();
        result
    }

    /// One step of the cloud: what is due, then `act`, which also says
    /// whether it changed anything. Only true changes wake long polls, or
    /// they would wake each other for ever.
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
            // Nobody carries commands out any more: the process is ending.
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
            // Full disks are emptied: serve on, and write it with the next step.
            Some(Err(error)) => tracing::error!(%error, cause = ?error.source(), "state not kept"),
        }
    }

    /// Answers a request to one of the APIs, after as long as that takes.
    pub async fn call(&self, request: Request<Bytes>) -> Response<Bytes> {
        let origin = self.origin.clone();
        self.poll(&request, |cloud, arrived, now| {
            cloud.handle(&request, &origin, arrived, now)
        })
        .await
    }

    /// Answers a request to the metadata server of `guest`.
    pub async fn metadata(&self, guest: &Guest, request: Request<Bytes>) -> Response<Bytes> {
        self.poll(&request, |cloud, arrived, now| {
            cloud.metadata(guest, &request, arrived, now)
        })
        .await
    }

    async fn poll(
        &self,
        request: &Request<Bytes>,
        mut ask: impl FnMut(&mut Cloud, Timestamp, Timestamp) -> Reply,
    ) -> Response<Bytes> {
        let arrived = self.clock.now();
        loop {
            let mut change = std::pin::pin!(self.changed.notified());
            // From here on no change is missed.
            change.as_mut().enable();
            let reply = self.step(|cloud, now| {
                let reply = ask(cloud, arrived, now);
                let changed = matches!(reply, Reply::Ready(..)) && request.method() != Method::GET;
                (reply, changed)
            });
            let until = match reply {
                Reply::Ready(response, audit) => {
                    self.earlier.notify_one();
                    if let Some(observer) = &self.observer {
                        observer(&audit, request, &response);
                    }
                    return response;
                }
                Reply::Later(until) => until,
            };
            let wait = until.since(self.clock.now());
            // Timeout or change: either way, look again.
            let _ = tokio::time::timeout(wait, change).await;
        }
    }

    /// Makes due things happen, for ever. Spawn it.
    pub async fn keep_time(self: Arc<Self>) {
        loop {
            let wake = self.earlier.notified();
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

    struct Still;

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp::from_seconds(1000)
        }
    }

    #[tokio::test]
    async fn what_was_answered_is_in_the_journal() {
        let folder = std::env::temp_dir().join(format!("host-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let (journal, restored) = Journal::open(&folder).expect("opens");
        assert!(restored.is_empty());
        let (host, _commands) = Host::journaled(
            Cloud::new(),
            Arc::new(Still),
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
