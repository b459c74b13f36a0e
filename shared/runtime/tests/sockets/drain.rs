//! SIGTERM while a process is handling requests over sockets.

use crate::server::{Client, Server};
use std::{
    collections::BTreeSet,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::task::JoinSet;

/// Connections with several requests, and the number of requests on each.
const CONNECTIONS: usize = 100;
const REQUESTS_EACH: usize = 5;
/// Requests on connections of their own.
const SINGLE_REQUESTS: usize = 500;
/// How many requests are handled before the SIGTERM.
const HANDLED_BEFORE: usize = 150;

struct Diary(PathBuf);

impl Diary {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&path, "").expect("written");
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("UTF-8")
    }

    fn ids(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.0).expect("read");
        text.lines().map(str::to_owned).collect()
    }
}

/// The result of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum RequestResult {
    Acked,
    Nacked,
    /// The connection was closed or refused before a response.
    Cut,
}

async fn deliver(client: &mut Client, id: usize, wait: usize) -> RequestResult {
    // `{"wait": …}` as an unwrapped push.
    let body = format!(r#"{{"wait":{wait}}}"#);
    let id = format!("x-goog-pubsub-message-id: {id}");
    match client.post(&[&id], body.as_bytes()).await {
        Ok(answer) if answer.status == 204 => RequestResult::Acked,
        Ok(answer) => {
            assert_eq!(answer.status, 503, "{answer:?}");
            assert!(answer.head.contains("connection: close"), "{answer:?}");
            RequestResult::Nacked
        }
        Err(_) => RequestResult::Cut,
    }
}

/// How long the handler of a request sleeps: 10 to 300 ms, in no order.
fn wait(id: usize) -> usize {
    10 + id * 7919 % 291
}

/// Requests on one connection, or on a new one where it is closed.
async fn several_requests(addr: SocketAddr, first: usize) -> Vec<(usize, RequestResult)> {
    let mut client = None;
    let mut results = Vec::new();
    for id in first..first + REQUESTS_EACH {
        let open = match client.take() {
            Some(open) => Ok(open),
            None => Client::connect(addr).await,
        };
        let result = match open {
            Ok(mut open) => {
                let result = deliver(&mut open, id, wait(id)).await;
                client = (result == RequestResult::Acked).then_some(open);
                result
            }
            Err(_) => RequestResult::Cut,
        };
        results.push((id, result));
    }
    results
}

async fn single_request(addr: SocketAddr, id: usize) -> Vec<(usize, RequestResult)> {
    // Spread over a second: before, at and after the signal.
    tokio::time::sleep(Duration::from_millis(id as u64 % 1000)).await;
    let result = match Client::connect(addr).await {
        Ok(mut client) => deliver(&mut client, id, wait(id)).await,
        Err(_) => RequestResult::Cut,
    };
    vec![(id, result)]
}

#[tokio::test]
async fn requests_across_sigterm_are_either_handled_and_acked_or_neither() {
    let diary = Diary::new("thousand");
    let variables = [("DIARY", diary.path()), ("GROUNDCREW_CONCURRENCY", "2000")];
    let mut server = Server::start("patient", &variables).await;
    let addr = server.addr;
    let mut requests = JoinSet::new();
    for i in 0..CONNECTIONS {
        requests.spawn(several_requests(addr, i * REQUESTS_EACH));
    }
    for i in 0..SINGLE_REQUESTS {
        requests.spawn(single_request(addr, CONNECTIONS * REQUESTS_EACH + i));
    }
    while diary.ids().len() < HANDLED_BEFORE {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    server.terminate();
    let results = requests.join_all().await.concat();
    assert_eq!(results.len(), 1000);
    let status = server.ended(Duration::from_secs(10)).await;
    assert!(status.expect("within 10 s").success());

    let of = |wanted: RequestResult| -> BTreeSet<String> {
        let results = results.iter().filter(|(_, result)| *result == wanted);
        results.map(|(id, _)| id.to_string()).collect()
    };
    let (acked, nacked, cut) = (
        of(RequestResult::Acked),
        of(RequestResult::Nacked),
        of(RequestResult::Cut),
    );
    let handled = diary.ids();
    let once: BTreeSet<String> = handled.iter().cloned().collect();
    assert_eq!(once.len(), handled.len(), "some were handled twice");
    let lost: Vec<_> = acked.difference(&once).collect();
    assert!(lost.is_empty(), "acked but not handled: {lost:?}");
    let wasted: Vec<_> = once.difference(&acked).collect();
    assert!(wasted.is_empty(), "handled but not acked: {wasted:?}");
    println!(
        "{} acked, {} nacked, {} cut",
        acked.len(),
        nacked.len(),
        cut.len()
    );
    assert!(acked.len() > HANDLED_BEFORE, "some were in flight");
    assert!(!nacked.is_empty(), "some arrived during the drain");
}

#[tokio::test]
async fn a_delivery_that_exceeds_the_drain_is_nacked_and_the_process_ends() {
    let diary = Diary::new("stubborn");
    // The deadline is longer than the drain, so that the drain causes the nack.
    let variables = [("DIARY", diary.path()), ("GROUNDCREW_ACK_DEADLINE", "600")];
    let mut server = Server::start("patient", &variables).await;
    let mut stubborn = Client::connect(server.addr).await.expect("connected");
    let mut idle = Client::connect(server.addr).await.expect("connected");
    assert_eq!(deliver(&mut idle, 1, 0).await, RequestResult::Acked);
    let staying = tokio::spawn(async move { deliver(&mut stubborn, 2, 60_000).await });
    // It is being handled once a later delivery was.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(deliver(&mut idle, 3, 0).await, RequestResult::Acked);
    server.terminate();
    let status = server.ended(Duration::from_secs(10)).await;
    assert!(status.expect("within 10 s").success());
    assert_eq!(staying.await.expect("joined"), RequestResult::Nacked);
    assert_eq!(diary.ids(), ["1", "3"]);
    assert!(idle.read().await.is_err(), "idle connections are closed");
}
