//! The job flow with Google's own Pub/Sub and Firestore emulators in place of
//! the simulator's; Compute Engine, Storage, tokens and metadata are the
//! simulator's. Without the Cloud SDK it says so, and passes.
//!
//! Every event goes to two instances of its function at once, so that they
//! meet in the ledger.
#![cfg(target_os = "linux")]

use bytes::Bytes;
use deployment::{ACK_DEADLINE, Deployment, account, manifest};
use events::{ExitRecord, ExitStatus};
use gcp::{
    BoxFuture, Client, Endpoints, Message, Publisher, ReqwestTransport, SendError, TokenProvider,
    Transport,
    credentials::{MetadataServer, StaticToken},
    methods::{compute, storage},
};
use groundcrew::local::install;
use http::{Request, Response};
use jobs::{Identity, Job, JobOutcome, JobState};
use ledger::Ledger;
use names::{Attempt, Duration, JobId, JobObjects, TopicName, label};
use publish::PubsubPublisher;
use runtime::{Function, PushAuth, RunningServer, SystemClock, Wiring};
use serde_json::{Value, json};
use simulator::{
    Cloud, Command, Guest, Host,
    iam::Principal,
    server::{self, Listener, MachineSettings, Machines, Push, Server},
};
use std::{
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tests::{
    emulators::{self, Emulator},
    retry::retry_for,
    user::{TIMEOUT, User},
};
use tokio::{sync::mpsc, task::JoinSet, time::sleep};

/// Counts commits that Firestore refuses because somebody else wrote.
#[derive(Clone)]
struct Counting {
    inner: Arc<ReqwestTransport>,
    conflicts: Arc<AtomicUsize>,
}

impl Transport for Counting {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, SendError>> {
        let commit = request.uri().path().ends_with("documents:commit");
        Box::pin(async move {
            let answer = self.inner.send(request).await?;
            if commit && matches!(answer.status().as_u16(), 400 | 409) {
                self.conflicts.fetch_add(1, Ordering::Relaxed);
            }
            Ok(answer)
        })
    }
}

struct World {
    host: Arc<Host>,
    deployment: Deployment,
    url: String,
    pubsub: Emulator,
    firestore: Emulator,
    publisher: Arc<PubsubPublisher>,
    transport: Counting,
    boots: Arc<AtomicUsize>,
    functions: Vec<(RunningServer, Listener)>,
    tasks: JoinSet<()>,
    _server: Server,
}

impl World {
    async fn start(user: &User, pubsub: Emulator, firestore: Emulator) -> Self {
        let deployment = Deployment::local();
        let clock = Arc::new(SystemClock);
        let bound = Server::bind(([127, 0, 0, 1], 0).into())
            .await
            .expect("a port");
        let url = bound.origin();
        let mut cloud = Cloud::new();
        install::create_projects(&deployment, &mut cloud);
        let (host, mut commands) = Host::new(cloud, clock, &url, None);
        let program = env!("CARGO_BIN_EXE_tested-groundcrew");
        let agent = MachineSettings {
            agent: "/usr/bin/env".into(),
            args: vec![
                format!("PUBSUB_EMULATOR_HOST={}", pubsub.host),
                program.to_owned(),
                "machine".to_owned(),
                program.to_owned(),
                "agent".to_owned(),
            ],
            attribute: label::ASSIGNMENT.to_owned(),
            work_dir: user.folder().join("machines"),
            path: "/usr/local/bin:/usr/bin:/bin".into(),
            endpoint: url.clone(),
            ca: user.folder().join("ca.pem"),
        };
        let machines = Machines::new(host.clone(), agent).expect("a folder");
        let boots = Arc::new(AtomicUsize::new(0));
        let (onward, carried) = mpsc::unbounded_channel();
        let mut tasks = JoinSet::new();
        let booted = boots.clone();
        tasks.spawn(async move {
            while let Some(command) = commands.recv().await {
                if matches!(command, Command::PowerOn { .. }) {
                    booted.fetch_add(1, Ordering::Relaxed);
                }
                if onward.send(command).is_err() {
                    return;
                }
            }
        });
        tasks.spawn(server::commands(
            carried,
            Push::new(host.clone(), 1),
            Some(machines),
        ));
        tasks.spawn(host.clone().keep_time());
        let publisher = Arc::new(PubsubPublisher::anonymous(&pubsub.url()));
        let transport = Counting {
            inner: Arc::new(ReqwestTransport::new().expect("a transport")),
            conflicts: Arc::default(),
        };
        let mut world = Self {
            _server: bound.serve(host.clone()),
            host,
            deployment,
            url,
            pubsub,
            firestore,
            publisher,
            transport,
            boots,
            functions: Vec::new(),
            tasks,
        };
        // Nothing is pushed there: Google's emulator has the subscriptions.
        let manifest = manifest(&world.deployment, |_| "http://127.0.0.1:9".to_owned());
        let installed = install::install(&world.deployment, &manifest, &world.operator()).await;
        installed.expect("it installs");
        let ready = install::set_up(&world.deployment, &world.operator()).await;
        ready.expect("the jobs' project is set up");
        world.functions().await;
        world.tick();
        world
    }

    /// Cloud Scheduler, and the sink of Compute Engine's audit log.
    fn tick(&mut self) {
        let (host, publisher) = (self.host.clone(), self.publisher.clone());
        let (ticks, sink) = (
            self.deployment.ticks.clone(),
            self.deployment.maintenance.clone(),
        );
        self.tasks.spawn(async move {
            loop {
                for entry in host.with(|cloud, _| cloud.take_log_entries()) {
                    publisher
                        .publish(&sink, Message::json(&entry))
                        .await
                        .expect("published");
                }
                publisher
                    .publish(&ticks, Message::json(&Value::Null))
                    .await
                    .expect("published");
                sleep(Duration::from_secs(1)).await;
            }
        });
    }

    async fn functions(&mut self) {
        let topics = [
            &self.deployment.queue,
            &self.deployment.topics.changes,
            &self.deployment.settings.reports,
            &self.deployment.maintenance,
            &self.deployment.ticks,
            &self.deployment.topics.dead_letters,
        ];
        for topic in topics {
            self.emulate("PUT", &topic.to_string(), &json!({})).await;
        }
        let dead = json!({ "topic": self.deployment.topics.dead_letters });
        self.emulate("PUT", &self.subscription("dead-letters"), &dead)
            .await;
        for instance in 1..=2 {
            let settings = self.deployment.settings.clone();
            let url = self
                .function(Identity::JobQueued, move |w| {
                    job_queued::build(&settings, w)
                })
                .await;
            self.deliver("job-queued", instance, &url).await;
            let settings = self.deployment.settings.clone();
            let url = self
                .function(Identity::JobChanged, move |w| {
                    job_changed::build(&settings, w)
                })
                .await;
            self.deliver("job-changed", instance, &url).await;
            self.deliver("job-reported", instance, &url).await;
        }
        let settings = self.deployment.settings.clone();
        let url = self
            .function(Identity::MaintenanceNoticed, move |w| {
                maintenance_noticed::build(&settings, w)
            })
            .await;
        self.deliver("maintenance-noticed", 1, &url).await;
        let sweep = sweep::Settings {
            database: self.deployment.settings.database.clone(),
            changes: self.deployment.topics.changes.clone(),
            provisioned: self.deployment.provisioned.clone(),
            products: self.deployment.products.clone(),
        };
        let url = self
            .function(Identity::Sweep, move |w| sweep::build(&sweep, w))
            .await;
        self.deliver("tick", 1, &url).await;
    }

    /// Starts an instance of a function: its URL.
    async fn function<F: Function>(
        &mut self,
        identity: Identity,
        build: impl Fn(&Wiring) -> F + Clone + Send + 'static,
    ) -> String {
        let guest = Guest::Service {
            project: self.deployment.home.to_string(),
            account: account(&self.deployment, identity).to_string(),
        };
        let metadata = server::metadata::listen(self.host.clone(), guest)
            .await
            .expect("a port");
        let settings = runtime::Settings {
            endpoint: Some(self.url.clone()),
            metadata_host: Some(metadata.addr().to_string()),
            // Google's emulator signs no pushes.
            push_auth: PushAuth::Off,
            jwks: format!("{}/oauth2/v3/certs", self.url),
            dead_letter_topic: Some(self.deployment.topics.dead_letters.clone()),
            ack_deadline: ACK_DEADLINE,
            ..runtime::Settings::default()
        };
        let endpoints = Endpoints::local(&self.url).with("firestore", &self.firestore.url());
        let (pubsub, conflicts) = (self.pubsub.url(), self.transport.conflicts.clone());
        let wire = move |settings: &runtime::Settings| {
            let usual = Wiring::new(settings)?;
            let base = format!(
                "http://{}",
                settings.metadata_host.as_deref().unwrap_or_default()
            );
            let (transport, clock) = (usual.transport.clone(), usual.clock.clone());
            let tokens = Arc::new(MetadataServer::new(transport, &base, clock.clone()));
            // Each function has a runtime of its own, and connections belong to one.
            let inner = Arc::new(ReqwestTransport::new().map_err(std::io::Error::other)?);
            let conflicts = conflicts.clone();
            let counting = Arc::new(Counting { inner, conflicts });
            Ok(Wiring {
                client: Client::new(counting, tokens, endpoints.clone(), clock),
                publisher: Arc::new(PubsubPublisher::anonymous(&pubsub)),
                ..usual
            })
        };
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let running = runtime::start_wired(listener, settings, wire, build).expect("it starts");
        let url = format!("http://{}/", running.addr);
        self.functions.push((running, metadata));
        url
    }

    fn subscription(&self, name: &str) -> String {
        format!("projects/{}/subscriptions/{name}", self.deployment.home)
    }

    /// Has `topic` delivered to one instance of a function.
    async fn deliver(&self, topic: &str, instance: usize, url: &str) {
        let body = json!({
            "topic": format!("projects/{}/topics/{topic}", self.deployment.home),
            "pushConfig": { "pushEndpoint": format!("{url}{topic}") },
            "ackDeadlineSeconds": 60,
            "retryPolicy": { "minimumBackoff": "0.1s", "maximumBackoff": "10s" },
        });
        let subscription = self.subscription(&format!("{topic}-{instance}"));
        self.emulate("PUT", &subscription, &body).await;
    }

    /// A call of the Pub/Sub emulator.
    async fn emulate(&self, verb: &str, path: &str, body: &Value) -> Value {
        let request = Request::builder()
            .method(verb)
            .uri(format!("{}/v1/{path}", self.pubsub.url()))
            .header("content-type", "application/json")
            .body(Bytes::from(body.to_string()))
            .expect("a request");
        let answer = self.transport.send(request).await.expect("an answer");
        let text = String::from_utf8_lossy(answer.body());
        assert!(answer.status().is_success(), "{verb} {path}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    async fn publish(&self, topic: &TopicName, id: &str, data: &str) {
        let attributes = [("job".to_owned(), id.to_owned())].into();
        let data = Bytes::from(data.to_owned());
        let message = Message { data, attributes };
        self.publisher
            .publish(topic, message)
            .await
            .expect("published");
    }

    fn client(&self, tokens: Arc<dyn TokenProvider>, url: &str) -> Client {
        let transport = Arc::new(self.transport.clone());
        Client::new(
            transport,
            tokens,
            Endpoints::local(url),
            Arc::new(SystemClock),
        )
    }

    /// How the job `id` ended, once it is done.
    async fn outcome(&self, id: &str) -> JobOutcome {
        let id: JobId = id.parse().expect("valid");
        let owner = self.client(Arc::new(StaticToken::new("owner")), &self.firestore.url());
        let ledger = Ledger::new(owner, self.deployment.settings.database.clone());
        let mut job = None;
        let outcome = retry_for(TIMEOUT, Duration::from_millis(100), async || {
            job = ledger.get::<Job>(&id).await.expect("the ledger");
            let state = job.as_ref().map(|entry| &entry.record.state);
            match state {
                Some(JobState::Done { outcome, .. }) => Some(outcome.clone()),
                Some(_) | None => None,
            }
        });
        let outcome = outcome.await;
        outcome.unwrap_or_else(|| panic!("{id} is not done in time: {job:?}"))
    }

    fn operator(&self) -> Client {
        let operator = Principal::user(install::OPERATOR);
        let token = self.host.with(|cloud, now| cloud.mint(&operator, now));
        self.client(Arc::new(StaticToken::new(&token)), &self.url)
    }

    /// The exit record of the first attempt.
    async fn record(&self, id: &str) -> ExitRecord {
        let id: JobId = id.parse().expect("an id");
        let bucket = &self.deployment.settings.bucket;
        let exit = JobObjects::new(&id, None).exit_record(Attempt::FIRST);
        let bytes = storage::read_object(&self.operator(), bucket, &exit).await;
        serde_json::from_slice(&bytes.expect("a record")).expect("an exit record")
    }

    async fn machines(&self) -> usize {
        let project = &self.deployment.settings.project;
        let found = compute::aggregated_list(&self.operator(), project, "").await;
        found.expect("a list").instances.len()
    }

    /// A message on the dead-letter topic.
    async fn dead_letter(&self) -> Value {
        let pull = format!("{}:pull", self.subscription("dead-letters"));
        let found = async {
            loop {
                let pulled = self
                    .emulate("POST", &pull, &json!({ "maxMessages": 1 }))
                    .await;
                let message = &pulled["receivedMessages"][0]["message"];
                if !message.is_null() {
                    return message.clone();
                }
            }
        };
        tokio::time::timeout(TIMEOUT, found)
            .await
            .expect("a dead letter in time")
    }
}

fn exited(code: i32) -> JobOutcome {
    JobOutcome::Ended {
        exit_status: ExitStatus::Exited { code },
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_job_flow_on_googles_own_emulators() {
    let (pubsub, firestore) = match emulators::start() {
        Ok(both) => both,
        Err(why) => {
            println!("not run: {why}");
            return;
        }
    };
    let user = User::new(env!("CARGO_BIN_EXE_tested-groundcrew"), "emulators");
    let mut world = World::start(&user, pubsub, firestore).await;
    let queue = world.deployment.queue.clone();

    // A job: its exit code and its output.
    let spec = r#"{"command":["sh","-c","echo out; echo err >&2; exit 3"]}"#;
    world.publish(&queue, "plain", spec).await;
    assert_eq!(world.outcome("plain").await, exited(3));
    let record = world.record("plain").await;
    assert_eq!(
        (record.log_parts, &*record.log_tail),
        (0, b"out\nerr\n".as_slice())
    );

    // The same event five times, to two instances: one machine, and the
    // instances met in the ledger.
    let before = world.boots.load(Ordering::Relaxed);
    let again = (0..5).map(|_| world.publish(&queue, "again", r#"{"command":["echo","once"]}"#));
    futures_util::future::join_all(again).await;
    assert_eq!(world.outcome("again").await, exited(0));
    assert_eq!(world.record("again").await.log_tail, b"once\n");
    assert_eq!(world.boots.load(Ordering::Relaxed) - before, 1);
    let conflicts = world.transport.conflicts.load(Ordering::Relaxed);
    println!("{conflicts} conflicts in the ledger");
    assert!(conflicts > 0);

    // A job that cannot be read is rejected; another event, a dead letter.
    world
        .publish(&queue, "odd", r#"{"command":["true"],"colour":"blue"}"#)
        .await;
    let outcome = world.outcome("odd").await;
    assert!(
        matches!(&outcome, JobOutcome::Rejected { reason } if reason.contains("colour")),
        "{outcome:?}"
    );
    let changes = world.deployment.topics.changes.clone();
    world.publish(&changes, "plain", "not JSON").await;
    let letter = world.dead_letter().await;
    assert_eq!(
        letter["attributes"]["groundcrew-function"], "job-changed",
        "{letter}"
    );
    assert_eq!(
        letter["attributes"]["groundcrew-cause"], "unreadable",
        "{letter}"
    );

    assert_eq!(world.machines().await, 0);
    world.tasks.shutdown().await;
    for (function, _) in world.functions {
        function.stop().await.expect("it ends");
    }
}
