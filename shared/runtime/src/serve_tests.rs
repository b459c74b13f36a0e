use super::*;
use crate::{
    Delivery, Outcome, PushAuth,
    signing::{Keys, NOW, StoppedClock},
};
use events::{Envelope, Unreadable};
use gcp::{Class, Classify, credentials::Fixed};
use std::{
    io::{Read, Write},
    net::TcpStream,
};

/// Says that it has begun, then waits to be let go.
struct Patient {
    begun: mpsc::Sender<()>,
    go: Arc<tokio::sync::Notify>,
}

struct Message(Vec<u8>);

impl TryFrom<&Envelope> for Message {
    type Error = Unreadable;

    fn try_from(envelope: &Envelope) -> Result<Self, Unreadable> {
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
        match message.0.as_slice() {
            b"wait" => {
                self.begun.send(()).expect("the test listens");
                self.go.notified().await;
                Ok(Outcome::Done)
            }
            b"panic" => panic!("unlucky"),
            _ => Ok(Outcome::Done),
        }
    }
}

struct World {
    running: Running,
    begun: mpsc::Receiver<()>,
    go: Arc<tokio::sync::Notify>,
}

fn settings() -> Settings {
    Settings {
        port: 0,
        endpoint: None,
        metadata_host: None,
        push_auth: PushAuth::Off,
        push_audience: None,
        push_account: None,
        jwks: "http://keys.example/certs".into(),
        dead_letter_topic: "projects/demo-project/topics/dead".parse().expect("valid"),
        service: None,
        rust_log: "info".into(),
    }
}

fn wire(settings: &Settings) -> io::Result<Wiring> {
    Ok(Wiring::over(
        Arc::new(Keys::default()),
        Arc::new(Fixed::new("token")),
        StoppedClock::at(NOW),
        settings,
    ))
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

fn push(addr: SocketAddr, data: &[u8]) -> TcpStream {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let data = STANDARD.encode(data);
    let body = format!(r#"{{"message":{{"data":"{data}","messageId":"7"}}}}"#);
    send(addr, "POST", "/", body.len(), &body)
}

#[tokio::test]
async fn over_a_socket_each_request_has_its_answer() {
    let world = world();
    let addr = world.running.addr;
    assert_eq!(status(push(addr, b"x")), "204");
    // The largest message of Pub/Sub arrives, and a panic kills nothing.
    assert_eq!(status(push(addr, b"panic")), "500");
    assert_eq!(status(push(addr, &vec![b'x'; 10_000_000])), "204");
    assert_eq!(status(send(addr, "POST", "/", 21 << 20, "")), "413");
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
async fn stopping_finishes_what_is_in_flight() {
    let world = world();
    let addr = world.running.addr;
    let waiting = push(addr, b"wait");
    world.begun.recv().expect("begun");
    let stopping = tokio::spawn(world.running.stop());
    // The handler may go on only once nothing new is accepted.
    while TcpStream::connect(addr).is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!stopping.is_finished());
    world.go.notify_one();
    stopping.await.expect("joined").expect("stopped");
    assert_eq!(status(waiting), "204");
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
