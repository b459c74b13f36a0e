//! Tests over real sockets on loopback.

mod batch;
mod contents;
mod proxy;

use super::{MachineSettings, Machines, Push, Server, ServerError, commands, metadata};
use crate::{Cloud, Guest, Host, iam::Principal};
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use names::{Clock, Duration, Timestamp};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{Arc, Mutex},
};
use tokio::sync::mpsc;

const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
pub(super) const PROJECT: &str = "demo-project";

/// A clock that follows tokio's time.
struct Ticking(tokio::time::Instant);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000) + self.0.elapsed()
    }
}

pub(super) struct TestCloud {
    pub(super) server: Server,
    ca_certificate: String,
    host: Arc<Host>,
    pub(super) token: String,
    /// A token of a principal without any permission.
    pub(super) stranger: String,
    tasks: tokio::task::JoinSet<()>,
}

/// An empty folder for this test.
pub(super) fn scratch(name: &str) -> PathBuf {
    let name = format!("simulator-server-{}-{name}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

impl TestCloud {
    pub(super) async fn new(observer: Option<crate::Observer>) -> (Self, CommandsOf) {
        let bound_server = Server::bind(LOOPBACK).await.expect("a port");
        let clock = Arc::new(Ticking(tokio::time::Instant::now()));
        let (host, commands) = Host::new(Cloud::new(), clock, &bound_server.origin(), observer);
        let ca_certificate = bound_server.ca_certificate();
        let server = bound_server.serve(Arc::clone(&host));
        let (token, stranger) = host.with(|cloud, now| {
            cloud.add_project(PROJECT, 1, None);
            let project = format!("//cloudresourcemanager.googleapis.com/projects/{PROJECT}");
            cloud.grant(&project, "roles/owner", "user:me@example.com", None);
            cloud.grant(
                &project,
                "roles/iam.serviceAccountUser",
                "user:me@example.com",
                None,
            );
            let me = cloud.mint(&Principal::user("me@example.com"), now);
            (me, cloud.mint(&Principal::user("you@example.com"), now))
        });
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(Arc::clone(&host).keep_time());
        (
            Self {
                server,
                ca_certificate,
                host,
                token,
                stranger,
                tasks,
            },
            commands,
        )
    }

    pub(super) async fn rest(
        &self,
        method: Method,
        path: &str,
        body: Value,
    ) -> (StatusCode, Value) {
        let uri = format!("http://{}{path}", self.server.addr());
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .body(Full::new(Bytes::from(body.to_string())))
            .expect("a request");
        let client = Client::builder(TokioExecutor::new()).build_http();
        let response = client.request(request).await.expect("an answer");
        let status = response.status();
        let body = response
            .into_body()
            .collect()
            .await
            .expect("a body")
            .to_bytes();
        (status, serde_json::from_slice(&body).expect("JSON"))
    }

    pub(super) async fn made(&self, path: &str, body: Value) {
        let (status, answer) = self.rest(Method::PUT, path, body).await;
        assert_eq!(status, 200, "{answer}");
    }
}

pub(super) type CommandsOf = mpsc::UnboundedReceiver<crate::Command>;

pub(super) fn topic() -> String {
    format!("projects/{PROJECT}/topics/jobs")
}

pub(super) fn subscription() -> String {
    format!("/v1/projects/{PROJECT}/subscriptions/runner")
}

#[tokio::test]
async fn errors_of_large_bodies_and_ports_in_use_are_clear() {
    let (test_cloud, _commands) = TestCloud::new(None).await;
    let client = Client::builder(TokioExecutor::new()).build_http();
    let uri = format!("http://{}/v1/{}:publish", test_cloud.server.addr(), topic());
    let body = Full::new(Bytes::from(vec![b' '; super::BODY_LIMIT + 1]));
    let request = Request::post(uri).body(body).expect("a request");
    // The server may close the connection before the client reads the response.
    if let Ok(response) = client.request(request).await {
        assert_eq!(response.status(), 413);
    }
    let addr = test_cloud.server.addr();
    let taken = Server::start(Arc::clone(&test_cloud.host), addr)
        .await
        .expect_err("taken");
    assert!(matches!(taken, ServerError::PortInUse(_)));
    assert!(
        taken.to_string().contains(&addr.port().to_string()),
        "{taken}"
    );
}

/// An endpoint that responds with each status in turn and forwards the requests
/// it gets.
async fn endpoint(
    statuses: &[u16],
) -> (
    super::Listener,
    mpsc::UnboundedReceiver<(http::HeaderMap, Value)>,
) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let statuses = Arc::new(Mutex::new(VecDeque::from(statuses.to_vec())));
    let router = super::router::body_router(move |request: Request<Bytes>| {
        let status = statuses
            .lock()
            .expect("unpoisoned")
            .pop_front()
            .unwrap_or(200);
        let body = serde_json::from_slice(request.body()).expect("JSON");
        sender
            .send((request.headers().clone(), body))
            .expect("a reader");
        let response = http::Response::builder().status(status).body(Bytes::new());
        async move { response.expect("a response") }
    });
    let listener = tokio::net::TcpListener::bind(LOOPBACK)
        .await
        .expect("a port");
    let addr = listener.local_addr().expect("an address");
    (super::Listener::start(listener, addr, router), receiver)
}

#[tokio::test]
async fn pushes_arrive_with_their_token_and_again_after_a_500() {
    let (mut test_cloud, receiver) = TestCloud::new(None).await;
    test_cloud.tasks.spawn(commands(
        receiver,
        Push::new(Arc::clone(&test_cloud.host), 4),
        None,
    ));
    let account = test_cloud
        .host
        .with(|cloud, _| cloud.add_account(PROJECT, "pusher"));
    let (endpoint, mut got) = endpoint(&[500]).await;
    test_cloud
        .made(&format!("/v1/{}", topic()), json!({}))
        .await;
    let url = format!("http://{}/push", endpoint.addr());
    let config = json!({
        "pushEndpoint": url, "oidcToken": { "serviceAccountEmail": account },
    });
    test_cloud
        .made(
            &subscription(),
            json!({ "topic": topic(), "pushConfig": config }),
        )
        .await;
    let expected = test_cloud
        .host
        .with(|cloud, now| cloud.id_token(&account, &url, serde_json::Map::new(), now));
    let body = json!({ "messages": [{ "data": "aGk=" }] });
    test_cloud
        .rest(Method::POST, &format!("/v1/{}:publish", topic()), body)
        .await;
    for _ in 0..2 {
        let (headers, body) = got.recv().await.expect("a push");
        assert_eq!(headers[header::AUTHORIZATION], format!("Bearer {expected}"));
        assert_eq!(headers[header::CONTENT_TYPE], "application/json");
        assert_eq!(body["message"]["data"], "aGk=");
    }
}

#[tokio::test]
async fn a_metadata_server_lives_as_long_as_its_handle() {
    let (test_cloud, _commands) = TestCloud::new(None).await;
    let guest = Guest::Service {
        project: PROJECT.to_owned(),
        account: String::new(),
    };
    let listener = metadata::listen(Arc::clone(&test_cloud.host), guest)
        .await
        .expect("a port");
    let addr = listener.addr();
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let get = || {
        let uri = format!("http://{addr}/computeMetadata/v1/project/project-id");
        Request::get(uri)
            .header("metadata-flavor", "Google")
            .body(Full::default())
            .expect("one")
    };
    client.request(get()).await.expect("somebody answers");
    listener.stop().await;
    client.request(get()).await.expect_err("nobody answers");
}

fn settings(work_dir: PathBuf, script: &str) -> MachineSettings {
    MachineSettings {
        agent: "/bin/sh".into(),
        args: vec!["-c".to_owned(), script.to_owned()],
        attribute: "startup-script".to_owned(),
        work_dir,
        path: "/usr/bin:/bin".into(),
        endpoint: "http://127.0.0.1:1".to_owned(),
        ca: "/ca.pem".into(),
    }
}

/// Waits until `done` is true, for a limited time.
async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let wait = async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait)
        .await
        .expect(what);
}

fn alive(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

#[tokio::test]
async fn a_machine_dies_with_all_its_processes() {
    let folder = scratch("machine");
    let (test_cloud, _commands) = TestCloud::new(None).await;
    // One child in a session of its own, and a grandchild that cleared its
    // environment.
    let script = "echo metadata $GCE_METADATA_HOST at $GROUNDCREW_ENDPOINT; \
                  setsid sleep 1000 & echo pid $!; \
                  env -i setsid sleep 1000 & echo pid $!; \
                  echo secret > $XDG_RUNTIME_DIR/secret; \
                  echo ready; wait";
    let settings = settings(folder.clone(), script);
    let machines = Machines::new(Arc::clone(&test_cloud.host), settings).expect("machines");
    machines.power_on("42").await;
    let serial = || fs::read_to_string(folder.join("42/serial.log")).unwrap_or_default();
    until("the machine is up", || serial().contains("ready")).await;
    let log = serial();
    assert!(log.contains("metadata 127.0.0.1:"), "{log}");
    assert!(log.contains("at http://127.0.0.1:1\n"), "{log}");
    let pids: Vec<&str> = log
        .lines()
        .filter_map(|line| line.strip_prefix("pid "))
        .collect();
    assert_eq!(pids.len(), 2);
    assert!(pids.iter().all(|pid| alive(pid)), "{log}");
    let secret = folder.join("42/run/secret");
    assert!(secret.exists());
    machines.power_off("42");
    assert!(!secret.exists(), "memory does not survive");
    until("all are dead", || !pids.iter().any(|pid| alive(pid))).await;
    fs::remove_dir_all(&folder).expect("removed");
}

#[tokio::test]
async fn the_power_button_asks_the_agent() {
    let folder = scratch("button");
    let (test_cloud, _commands) = TestCloud::new(None).await;
    let script = "trap 'echo asked; exit' TERM; echo ready; \
                  while :; do sleep 1000 & wait $!; done";
    let settings = settings(folder.clone(), script);
    let machines = Machines::new(Arc::clone(&test_cloud.host), settings).expect("machines");
    machines.power_on("7").await;
    let serial = || fs::read_to_string(folder.join("7/serial.log")).unwrap_or_default();
    until("the machine is up", || serial().contains("ready")).await;
    machines.power_button("7");
    until("the guest ended", || machines.running().is_empty()).await;
    assert!(serial().contains("asked"));
    fs::remove_dir_all(&folder).expect("removed");
}

#[tokio::test]
async fn a_machine_whose_agent_dies_is_down_at_once() {
    use crate::api::compute::tests::{VM, body, get, insert, with};
    let metadata = json!({ "items": [{ "key": "startup-script", "value": "agent" }] });
    let body = with(body("vm"), json!({ "metadata": metadata }));
    for (name, script) in [
        ("killed", "kill -9 $$"),
        ("failed", "exit 1"),
        ("off", "poweroff; sleep 1000"),
    ] {
        let folder = scratch(name);
        let (test_cloud, _commands) = TestCloud::new(None).await;
        let host = &test_cloud.host;
        let settings = settings(folder.clone(), script);
        let machines = Machines::new(Arc::clone(host), settings).expect("machines");
        let id = host.with(|cloud, _| {
            insert(cloud, &body, 0).expect("inserted");
            let vm = get(cloud, VM, 0).expect("there");
            vm["id"].as_str().expect("an ID").to_owned()
        });
        let status = || host.with(|cloud, _| cloud.instance_view(&id).map(|view| view.status));
        until("it runs", || status() == Some("RUNNING")).await;
        machines.power_on(&id).await;
        until(name, || status() == Some("TERMINATED")).await;
        let entries = host.with(|cloud, _| cloud.take_log_entries());
        let method = entries
            .last()
            .map(|entry| &entry["protoPayload"]["methodName"]);
        assert_eq!(method, Some(&json!("compute.instances.guestTerminate")));
        let marker = folder.join(&id).join("run/shutdown");
        assert_eq!(marker.exists(), name == "off", "{name}");
        fs::remove_dir_all(&folder).expect("removed");
    }
}

#[tokio::test]
async fn a_machine_without_a_startup_script_idles_until_its_power_button() {
    use crate::api::compute::tests::{VM, body, get, insert};
    let folder = scratch("idle");
    let (test_cloud, _commands) = TestCloud::new(None).await;
    let host = &test_cloud.host;
    let settings = settings(folder.clone(), "exit 1");
    let machines = Machines::new(Arc::clone(host), settings).expect("machines");
    let id = host.with(|cloud, _| {
        insert(cloud, &body("vm"), 0).expect("inserted");
        let vm = get(cloud, VM, 0).expect("there");
        vm["id"].as_str().expect("an ID").to_owned()
    });
    let status = || host.with(|cloud, _| cloud.instance_view(&id).map(|view| view.status));
    until("it runs", || status() == Some("RUNNING")).await;
    machines.power_on(&id).await;
    assert!(machines.running().is_empty() && !folder.join(&id).exists());
    assert_eq!(status(), Some("RUNNING"));
    machines.power_button(&id);
    assert_eq!(status(), Some("TERMINATED"));
    fs::remove_dir_all(&folder).expect("removed");
}

#[tokio::test]
async fn processes_left_by_an_earlier_run_are_killed() {
    let folder = scratch("leftover");
    let (test_cloud, _commands) = TestCloud::new(None).await;
    let work_dir = folder.canonicalize().expect("a folder");
    let mut orphan = tokio::process::Command::new("/bin/sleep")
        .arg("1000")
        .env("GROUNDCREW_MACHINE", work_dir.join("9"))
        .kill_on_drop(true)
        .spawn()
        .expect("a process");
    let settings = settings(folder.clone(), "exit");
    let machines = Machines::new(Arc::clone(&test_cloud.host), settings).expect("machines");
    machines.reap_leftovers();
    let status = orphan.wait().await.expect("an end");
    assert!(!status.success());
    fs::remove_dir_all(&folder).expect("removed");
}
