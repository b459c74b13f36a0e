//! A thousand requests across a SIGTERM, over sockets, against a process.

use crate::server::{Client, Server};
use std::{
    collections::BTreeSet,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::task::JoinSet;

/// Connections that are kept, and how many requests each makes at the most.
const KEPT: usize = 100;
const EACH: usize = 5;
/// Requests on connections of their own.
const ALONE: usize = 500;
/// When the process is told to end, after so many were handled.
const BEFORE: usize = 150;

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

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Acked,
    Nacked,
    /// The connection ended, or there was none.
    Cut,
}

async fn deliver(client: &mut Client, id: usize, wait: usize) -> Fate {
    // `{"wait": …}` as an unwrapped push.
    let body = format!(r#"{{"wait":{wait}}}"#);
    let id = format!("x-goog-pubsub-message-id: {id}");
    match client.post(&[&id], body.as_bytes()).await {
        Ok(answer) if answer.status == 204 => Fate::Acked,
        Ok(answer) => {
            assert_eq!(answer.status, 503, "{answer:?}");
            assert!(answer.head.contains("connection: close"), "{answer:?}");
            Fate::Nacked
        }
        Err(_) => Fate::Cut,
    }
}

/// 10 to 300 ms, in no order.
fn wait(id: usize) -> usize {
    10 + id * 7919 % 291
}

/// Requests on one connection, or on a new one where it is closed.
async fn kept(addr: SocketAddr, first: usize) -> Vec<(usize, Fate)> {
    let mut client = None;
    let mut fates = Vec::new();
    for id in first..first + EACH {
        let open = match client.take() {
            Some(open) => Ok(open),
            None => Client::connect(addr).await,
        };
        let fate = match open {
            Ok(mut open) => {
                let fate = deliver(&mut open, id, wait(id)).await;
                client = (fate == Fate::Acked).then_some(open);
                fate
            }
            Err(_) => Fate::Cut,
        };
        fates.push((id, fate));
    }
    fates
}

async fn alone(addr: SocketAddr, id: usize) -> Vec<(usize, Fate)> {
    // They come one after the other, before, at and after the signal.
    tokio::time::sleep(Duration::from_millis(id as u64 % 1000)).await;
    let fate = match Client::connect(addr).await {
        Ok(mut client) => deliver(&mut client, id, wait(id)).await,
        Err(_) => Fate::Cut,
    };
    vec![(id, fate)]
}

#[tokio::test]
async fn a_thousand_requests_across_sigterm_are_handled_and_acked_or_neither() {
    let diary = Diary::new("thousand");
    let variables = [("DIARY", diary.path()), ("GROUNDCREW_CONCURRENCY", "2000")];
    let mut server = Server::start("patient", &variables).await;
    let addr = server.addr;
    let mut requests = JoinSet::new();
    for i in 0..KEPT {
        requests.spawn(kept(addr, i * EACH));
    }
    for i in 0..ALONE {
        requests.spawn(alone(addr, KEPT * EACH + i));
    }
    while diary.ids().len() < BEFORE {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    server.terminate();
    let fates = requests.join_all().await.concat();
    assert_eq!(fates.len(), 1000);
    let status = server.ended(Duration::from_secs(10)).await;
    assert!(status.expect("within 10 s").success());

    let of = |wanted: Fate| -> BTreeSet<String> {
        let fates = fates.iter().filter(|(_, fate)| *fate == wanted);
        fates.map(|(id, _)| id.to_string()).collect()
    };
    let (acked, nacked, cut) = (of(Fate::Acked), of(Fate::Nacked), of(Fate::Cut));
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
    assert!(acked.len() > BEFORE, "some were in flight");
    assert!(!nacked.is_empty(), "some arrived during the drain");
}

#[tokio::test]
async fn what_outlives_the_drain_is_nacked_and_the_process_ends() {
    let diary = Diary::new("stubborn");
    // It has longer than the drain, so that its nack is not for being late.
    let variables = [("DIARY", diary.path()), ("GROUNDCREW_ACK_DEADLINE", "600")];
    let mut server = Server::start("patient", &variables).await;
    let mut stubborn = Client::connect(server.addr).await.expect("connected");
    let mut idle = Client::connect(server.addr).await.expect("connected");
    assert_eq!(deliver(&mut idle, 1, 0).await, Fate::Acked);
    let staying = tokio::spawn(async move { deliver(&mut stubborn, 2, 60_000).await });
    // That it is in hand shows in the diary of one that came after it.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(deliver(&mut idle, 3, 0).await, Fate::Acked);
    server.terminate();
    let status = server.ended(Duration::from_secs(10)).await;
    assert!(status.expect("within 10 s").success());
    assert_eq!(staying.await.expect("joined"), Fate::Nacked);
    assert_eq!(diary.ids(), ["1", "3"]);
    assert!(idle.read().await.is_err(), "idle connections are closed");
}
