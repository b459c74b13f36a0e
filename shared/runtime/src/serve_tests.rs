use super::*;
use crate::{
    Delivery, Outcome, PushAuth,
    signing::{Keys, NOW},
    stopped_clock::StoppedClock,
};
use bytes::Bytes;
use events::{DecodeError, Envelope};
use gcp::{Class, Classify, credentials::StaticToken};
use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::mpsc,
};

/// Says that it has begun, then waits to be let go.
struct Patient {
    begun: mpsc::Sender<()>,
    go: Arc<tokio::sync::Notify>,
}

struct Message(Bytes);

impl TryFrom<&Envelope> for Message {
    type Error = DecodeError;

    fn try_from(envelope: &Envelope) -> Result<Self, DecodeError> {
        Ok(Self(envelope.data.clone()))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("unlucky")]
struct Unlucky;

impl Classify for Unlucky {
    fn class(&self) -> Class {
        Class::Bug
    }
}

impl Function for Patient {
    const NAME: &'static str = "patient";
    type Event = Message;
    type Error = Unlucky;

    async fn handle(&self, message: Message, _: &Delivery) -> Result<Outcome, Unlucky> {
        match &message.0[..] {
            b"wait" => {
                self.begun.send(()).expect("the test listens");
                self.go.notified().await;
                Ok(Outcome::Done)
            }
            b"panic" => panic!("unlucky"),
            b"forever" => {
                self.begun.send(()).expect("the test listens");
                std::future::pending().await
            }
            _ => Ok(Outcome::Done),
        }
    }
}

struct World {
    running: RunningServer,
    begun: mpsc::Receiver<()>,
    go: Arc<tokio::sync::Notify>,
}

fn settings() -> Settings {
    Settings {
        push_auth: PushAuth::Off,
        jwks: "http://keys.example/certs".into(),
        dead_letter_topic: "projects/demo-project/topics/dead".parse().ok(),
        concurrency: 2,
        // Longer than any drain, so that no nack is for being late.
        ack_deadline: Duration::from_secs(600),
        ..Settings::default()
    }
}

fn wire(settings: &Settings) -> io::Result<Wiring> {
    Ok(Wiring::over(
        Arc::new(Keys::default()),
        Arc::new(StaticToken::new("token")),
        StoppedClock::at(NOW),
        settings,
    ))
}

impl World {
    /// Waits until a handler has begun.
    fn has_begun(&self) {
        let patience = Duration::from_secs(20);
        self.begun.recv_timeout(patience).expect("begun in time");
    }
}

fn world() -> World {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let (begin, begun) = mpsc::channel();
    let go = Arc::new(tokio::sync::Notify::new());
    let let_go = go.clone();
    let build = move |_: &Wiring| Patient {
        begun: begin.clone(),
        go: let_go.clone(),
    };
    World {
        running: start_wired(listener, settings(), wire, build).expect("started"),
        begun,
        go,
    }
}

/// Sends a request whose body is said to have `length` bytes.
fn send(addr: SocketAddr, method: &str, path: &str, length: usize, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(addr).expect("connected");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("bounded");
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: hello\r\nconnection: close\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .expect("sent");
    stream
}

fn status(mut stream: TcpStream) -> String {
    let mut head = [0; 12];
    stream.read_exact(&mut head).expect("answered in time");
    String::from_utf8_lossy(&head[9..]).into_owned()
}

/// All that is answered before the connection ends.
fn whole(mut stream: TcpStream) -> String {
    let mut all = String::new();
    stream.read_to_string(&mut all).expect("answered in time");
    all
}

fn push(addr: SocketAddr, data: &[u8]) -> TcpStream {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let data = STANDARD.encode(data);
    let body = format!(r#"{{"message":{{"data":"{data}","messageId":"7"}}}}"#);
    send(addr, "POST", "/", body.len(), &body)
}

#[tokio::test]
async fn each_request_over_a_socket_gets_its_response() {
    let world = world();
    let addr = world.running.addr;
    assert_eq!(status(push(addr, b"x")), "204");
    // The largest message of Pub/Sub arrives, and a panic kills nothing.
    assert_eq!(status(push(addr, b"panic")), "500");
    assert_eq!(status(push(addr, &vec![b'x'; 10_000_000])), "204");
    for (method, path, expected) in [
        ("GET", "/healthz", "200"),
        ("GET", "/startup", "200"),
        ("GET", "/liveness", "200"),
        ("GET", "/robots.txt", "404"),
        ("GET", "/favicon.ico", "404"),
        ("GET", "/", "405"),
        ("DELETE", "/", "405"),
    ] {
        let got = status(send(addr, method, path, 0, ""));
        assert_eq!(got, expected, "{method} {path}");
    }
    world.running.stop().await.expect("stopped");
    assert!(TcpStream::connect(addr).is_err());
}

#[tokio::test]
async fn beyond_the_limit_deliveries_get_429_but_probes_do_not() {
    let world = world();
    let addr = world.running.addr;
    let waiting = [push(addr, b"wait"), push(addr, b"wait")];
    for _ in &waiting {
        world.has_begun();
    }
    let response = whole(push(addr, b"x"));
    assert!(response.starts_with("HTTP/1.1 429 "), "{response}");
    assert!(
        response.to_lowercase().contains("retry-after: 1\r\n"),
        "{response}"
    );
    assert_eq!(status(send(addr, "GET", "/healthz", 0, "")), "200");
    world.go.notify_waiters();
    for waiting in waiting {
        assert_eq!(status(waiting), "204");
    }
    assert_eq!(status(push(addr, b"x")), "204");
    world.running.stop().await.expect("stopped");
}

#[tokio::test]
async fn stopping_finishes_deliveries_in_flight_and_refuses_new_ones() {
    let world = world();
    let addr = world.running.addr;
    let waiting = push(addr, b"wait");
    world.has_begun();
    let stopping = tokio::spawn(world.running.stop());
    // The handler may go on only once nothing new is taken.
    let refused = async {
        while status(push(addr, b"x")) != "503" {
            tokio::task::yield_now().await;
        }
    };
    let refused = tokio::time::timeout(Duration::from_secs(20), refused).await;
    refused.expect("refused in time");
    let response = whole(push(addr, b"x")).to_lowercase();
    assert!(response.contains("connection: close\r\n"), "{response}");
    assert_eq!(status(send(addr, "GET", "/liveness", 0, "")), "200");
    assert!(!stopping.is_finished());
    world.go.notify_one();
    assert_eq!(status(waiting), "204");
    stopping.await.expect("joined").expect("stopped");
    assert!(TcpStream::connect(addr).is_err());
}

#[tokio::test]
async fn a_handler_that_outlives_the_drain_is_nacked() {
    let world = world();
    let waiting = push(world.running.addr, b"forever");
    world.has_begun();
    let answered = tokio::task::spawn_blocking(|| status(waiting));
    world.running.stop().await.expect("stopped");
    assert_eq!(answered.await.expect("joined"), "503");
}

#[tokio::test]
async fn a_function_that_cannot_be_wired_fails_its_startup_probe_but_not_its_liveness_probe() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let build = |_: &Wiring| -> Patient { panic!("no luck") };
    let running = start_wired(listener, settings(), wire, build).expect("started");
    let addr = running.addr;
    assert_eq!(status(send(addr, "GET", "/startup", 0, "")), "503");
    assert_eq!(status(send(addr, "GET", "/healthz", 0, "")), "200");
    assert_eq!(status(push(addr, b"x")), "503");
    running.stop().await.expect("stopped");
}

#[test]
fn on_cloud_run_nothing_starts_without_authentication() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let settings = Settings {
        service: Some("hello".into()),
        ..settings()
    };
    let build = |_: &Wiring| -> Patient { panic!("not built") };
    let started = start_wired(listener, settings, wire, build);
    let fault = started.err().expect("refused").to_string();
    assert!(fault.contains("refused on Cloud Run"), "{fault}");
}
