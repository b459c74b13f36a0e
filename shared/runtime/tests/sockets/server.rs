//! An example as the process that Cloud Run would start, and a client that
//! says exactly what came back.

use serde_json::Value;
use std::{
    io::{self, BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    thread::JoinHandle,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

/// More than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The example `name`, which `cargo test -p runtime` builds.
pub(crate) fn example(name: &str) -> Command {
    let test = std::env::current_exe().expect("a path");
    let target: PathBuf = test.ancestors().nth(2).expect("target/debug").into();
    let path = target.join("examples").join(name);
    assert!(path.exists(), "cargo build -p runtime --examples");
    let mut command = Command::new(path);
    command.env_clear().stdin(Stdio::null());
    command
}

/// A process that serves.
pub(crate) struct Server {
    pub(crate) addr: SocketAddr,
    child: Child,
    log: Option<JoinHandle<Vec<Value>>>,
}

impl Server {
    /// Starts the example `name` with these variables, without
    /// authentication if they do not speak of it.
    pub(crate) async fn start(name: &str, variables: &[(&str, &str)]) -> Self {
        // Nobody else gets the port so soon.
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let addr = free.local_addr().expect("an address");
        drop(free);
        let mut child = example(name)
            .env("GROUNDCREW_PUSH_AUTH", "off")
            .env("PORT", addr.port().to_string())
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        // Read all the time, or the process stops when the pipe is full.
        let log = BufReader::new(child.stdout.take().expect("a pipe"));
        let log = std::thread::spawn(move || {
            let lines = log.lines().map_while(Result::ok);
            let json = |line: String| serde_json::from_str(&line).expect("JSON");
            lines.map(json).collect()
        });
        let log = Some(log);
        let server = Self { addr, child, log };
        let up = async {
            while Client::get(addr, "/startup").await.ok() != Some(200) {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, up).await.expect("it is up");
        server
    }

    pub(crate) fn terminate(&self) {
        let pid = self.child.id().to_string();
        let killed = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(killed.expect("there is kill").success());
    }

    /// How it ended, if it does within `limit`.
    pub(crate) async fn ended(&mut self, limit: Duration) -> Option<ExitStatus> {
        let ended = async {
            loop {
                if let Some(status) = self.child.try_wait().expect("waited") {
                    return status;
                }
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(limit, ended).await.ok()
    }
}

impl Server {
    /// What it logged, once it has ended.
    pub(crate) fn log(&mut self) -> Vec<Value> {
        let log = self.log.take().expect("not asked before");
        log.join().expect("lines of JSON")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// In lower case.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// One connection.
pub(crate) struct Client(TcpStream);

impl Client {
    pub(crate) async fn connect(addr: SocketAddr) -> io::Result<Self> {
        TcpStream::connect(addr).await.map(Self)
    }

    pub(crate) async fn get(addr: SocketAddr, path: &str) -> io::Result<u16> {
        let mut client = Self::connect(addr).await?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
        client.write(request.as_bytes()).await?;
        Ok(client.read().await?.status)
    }

    /// Posts `body` with these header lines, and reads the answer.
    pub(crate) async fn post(&mut self, headers: &[&str], body: &[u8]) -> io::Result<Answer> {
        let mut request = format!(
            "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: {}",
            body.len()
        );
        for header in headers {
            request.push_str("\r\n");
            request.push_str(header);
        }
        request.push_str("\r\n\r\n");
        let mut request = request.into_bytes();
        request.extend_from_slice(body);
        self.write(&request).await?;
        self.read().await
    }

    /// Says that nothing more will be sent.
    pub(crate) async fn hang_up(&mut self) {
        self.0.shutdown().await.expect("shut down");
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes).await
    }

    /// Reads one answer; an error if the connection ends before it does.
    pub(crate) async fn read(&mut self) -> io::Result<Answer> {
        timeout(PATIENCE, self.read_on()).await?
    }

    async fn read_on(&mut self) -> io::Result<Answer> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await?);
        }
        let head = String::from_utf8_lossy(&head).to_lowercase();
        let field = |name: &str| {
            let mut lines = head.lines();
            lines.find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()))
        };
        let length = field("content-length:").and_then(|length| length.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        self.0.read_exact(&mut body).await?;
        let status = head.get(9..12).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(head.clone()))?;
        Ok(Answer { status, head, body })
    }
}

/// Posts `body` on a connection of its own.
pub(crate) async fn post(addr: SocketAddr, headers: &[&str], body: &[u8]) -> Answer {
    let mut client = Client::connect(addr).await.expect("connected");
    client.post(headers, body).await.expect("answered")
}
