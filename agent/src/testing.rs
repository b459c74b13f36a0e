//! A fake bucket, key, metadata server and topic in memory.

mod kms;

pub(crate) use kms::{KEY, encrypted};

use crate::{bucket::Bucket, clock::SteadyClock};
use bytes::Bytes;
use events::{Claim, ExitRecord, JobAssignment, JobReported};
use gcp::credentials::StaticToken;
use gcp::{BoxFuture, Client, Endpoints, Error, Message, Publisher, SendError, Transport};
use http::{Request, Response};
use kms::FakeKms;
use names::{Duration, TopicName};
use serde_json::json;
use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};
use tokio::sync::watch;

/// A temporary folder, removed when it is dropped.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let (id, n) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(format!("agent-{name}-{id}-{n}"));
        fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Attempt 1 of the job `train`, on the machine with the id 7.
pub(crate) fn assignment() -> JobAssignment {
    serde_json::from_value(json!({
        "job": "train", "attempt": 1, "command": ["true"], "max_run": "1h",
        "bucket": "demo-bucket", "reports": "projects/demo-project/topics/job-reported",
        "audience": "https://job-changed", "account": "job@demo-project.iam.gserviceaccount.com",
    }))
    .expect("an assignment")
}

pub(crate) const CLAIM: &str = "jobs/train/attempts/1/claim.json";
pub(crate) const EXIT: &str = "jobs/train/attempts/1/exit.json";

/// Google Cloud as the agent sees it. Tests can wait for every change.
pub(crate) struct FakeCloud {
    state: watch::Sender<FakeState>,
    assignment: Mutex<JobAssignment>,
}

/// The state of the fake cloud.
#[derive(Clone, Default)]
pub(crate) struct FakeState {
    /// The objects in the bucket.
    pub(crate) objects: BTreeMap<String, Bytes>,
    /// The kinds of the reports, in order.
    pub(crate) reports: Vec<String>,
    /// Calls of Google's APIs, in order.
    pub(crate) calls: Vec<String>,
    /// How many more calls of the bucket and the topic fail.
    pub(crate) failures: u32,
    /// Whether reading objects is denied.
    pub(crate) unreadable: bool,
    pub(crate) kms: FakeKms,
    /// Whether the next insert is applied but answered with an error.
    pub(crate) lose_answer: bool,
    /// Whether `instance/preempted` and `instance/maintenance-event` announce a
    /// termination.
    pub(crate) preempted: bool,
    pub(crate) maintenance: bool,
}

impl FakeCloud {
    pub(crate) fn new(assignment: JobAssignment) -> Arc<Self> {
        Arc::new(Self {
            state: watch::Sender::new(FakeState::default()),
            assignment: Mutex::new(assignment),
        })
    }

    pub(crate) fn update(&self, change: impl FnOnce(&mut FakeState)) {
        self.state.send_modify(change);
    }

    pub(crate) fn snapshot(&self) -> FakeState {
        self.state.borrow().clone()
    }

    pub(crate) async fn until(&self, is: impl Fn(&FakeState) -> bool) {
        let mut changes = self.state.subscribe();
        changes.wait_for(is).await.expect("the sender lives");
    }

    pub(crate) fn put_claim(&self, claim: &Claim) {
        let bytes = serde_json::to_vec(claim).expect("plain data");
        self.update(|cloud| drop(cloud.objects.insert(CLAIM.into(), bytes.into())));
    }

    async fn answer(&self, request: Request<Bytes>) -> (u16, Bytes) {
        let path = request.uri().path().to_owned();
        let query = request.uri().query().unwrap_or_default().to_owned();
        if let Some(path) = path.strip_prefix("/computeMetadata/v1/") {
            return self.metadata(path, &query).await;
        }
        let mut answer = (500, Bytes::new());
        if path.ends_with(":decrypt") {
            self.update(|cloud| {
                cloud.calls.push("decrypt".to_owned());
                answer = cloud.kms.decrypt(&path, request.body());
            });
            return answer;
        }
        self.update(|cloud| answer = cloud.storage(&path, &query, request.into_body()));
        answer
    }

    async fn metadata(&self, path: &str, query: &str) -> (u16, Bytes) {
        let text = match path {
            "instance/id" => "7".to_owned(),
            "instance/name" => "gc-train-1".to_owned(),
            "instance/zone" => "projects/1/zones/us-central1-a".to_owned(),
            "instance/attributes/groundcrew-assignment" => {
                let assignment = self.assignment.lock().expect("not poisoned");
                serde_json::to_string(&*assignment).expect("plain data")
            }
            "instance/service-accounts/default/token" => {
                r#"{"access_token":"t","expires_in":3600,"token_type":"Bearer"}"#.to_owned()
            }
            // {"exp":4102444800}
            "instance/service-accounts/default/identity" => {
                "e30.eyJleHAiOjQxMDI0NDQ4MDB9.s".to_owned()
            }
            "instance/preempted" => {
                if query.contains("wait_for_change") {
                    self.until(|cloud| cloud.preempted).await;
                }
                if self.snapshot().preempted {
                    "TRUE"
                } else {
                    "FALSE"
                }
                .to_owned()
            }
            "instance/maintenance-event" => {
                if query.contains("wait_for_change") {
                    self.until(|cloud| cloud.maintenance).await;
                }
                let going = self.snapshot().maintenance;
                if going {
                    "TERMINATE_ON_HOST_MAINTENANCE"
                } else {
                    "NONE"
                }
                .to_owned()
            }
            _ => return (404, Bytes::new()),
        };
        (200, text.into())
    }
}

impl FakeState {
    fn storage(&mut self, path: &str, query: &str, body: Bytes) -> (u16, Bytes) {
        let get = |name: &str| {
            let pair = query
                .split('&')
                .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            pair.map(|value| value.replace("%2F", "/"))
        };
        if let Some((_, object)) = path.split_once("/storage/v1/b/demo-bucket/o/") {
            self.calls.push(format!("get {object}"));
            if self.unreadable {
                let words = "job@demo-project does not have storage.objects.get access";
                return (403, words.into());
            }
            let found = self.objects.get(&object.replace("%2F", "/"));
            return found.map_or((404, Bytes::new()), |bytes| (200, bytes.clone()));
        }
        assert_eq!(path, "/upload/storage/v1/b/demo-bucket/o");
        assert_eq!(get("ifGenerationMatch").as_deref(), Some("0"));
        let name = get("name").expect("an object's name");
        self.calls.push(format!("insert {name}"));
        if self.failures > 0 {
            self.failures -= 1;
            return (400, Bytes::new());
        }
        if self.objects.contains_key(&name) {
            return (412, Bytes::new());
        }
        let answer = json!({ "name": name, "generation": "1" }).to_string();
        self.objects.insert(name, body);
        if std::mem::take(&mut self.lose_answer) {
            return (400, Bytes::new());
        }
        (200, answer.into())
    }

    /// The exit record, if there is one.
    pub(crate) fn exit(&self) -> Option<ExitRecord> {
        let bytes = self.objects.get(EXIT)?;
        Some(serde_json::from_slice(bytes).expect("an exit record"))
    }

    /// All output: the parts in order, then the tail.
    pub(crate) fn output(&self) -> String {
        let parts = (self.objects.iter()).filter(|(name, _)| name.contains("/log/"));
        let mut all: Vec<u8> = parts.flat_map(|(_, bytes)| bytes.to_vec()).collect();
        all.extend(self.exit().map(|exit| exit.log_tail).unwrap_or_default());
        String::from_utf8(all).expect("UTF-8")
    }
}

/// The bucket of `fake`, with retries after one millisecond.
pub(crate) fn bucket(fake: &Arc<FakeCloud>) -> Bucket {
    let wire = Arc::new(FakeTransport(fake.clone()));
    let clock = Arc::new(SteadyClock::start());
    let tokens = Arc::new(StaticToken::new("t"));
    let client = Client::new(wire, tokens, Endpoints::local("http://127.0.0.1:1"), clock);
    Bucket::new(client, assignment().bucket, Duration::from_millis(1))
}

/// The fake cloud as a transport and a publisher.
pub(crate) struct FakeTransport(pub(crate) Arc<FakeCloud>);

impl Transport for FakeTransport {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, SendError>> {
        Box::pin(async move {
            let (status, body) = self.0.answer(request).await;
            let answer = Response::builder()
                .status(status)
                .header("etag", "e")
                .body(body);
            Ok(answer.expect("an answer"))
        })
    }
}

impl Publisher for FakeTransport {
    fn publish<'a>(
        &'a self,
        topic: &'a TopicName,
        message: Message,
    ) -> BoxFuture<'a, Result<String, Error>> {
        Box::pin(async move {
            let report: JobReported = serde_json::from_slice(&message.data).expect("a report");
            assert_eq!(report.identity, "e30.eyJleHAiOjQxMDI0NDQ4MDB9.s");
            assert_eq!(
                (
                    message.attributes["job"].as_str(),
                    message.attributes["attempt"].as_str()
                ),
                ("train", "1")
            );
            let kind = message.attributes["kind"].clone();
            let mut answer = Ok("1".to_owned());
            self.0.update(|cloud| {
                cloud.calls.push(format!("publish {kind}"));
                if cloud.failures > 0 {
                    cloud.failures -= 1;
                    answer = Err(Error {
                        method: "pubsub.projects.topics.publish",
                        resource: topic.to_string(),
                        kind: gcp::ErrorKind::InvalidResponse("failed by the test".into()),
                        is_conditional: false,
                    });
                } else {
                    cloud.reports.push(kind);
                }
            });
            answer
        })
    }
}
