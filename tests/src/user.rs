//! A user of the real program: each command is a process, and so is each local
//! cloud, which can be killed. Linux only, since it looks for processes in /proc.

use deployment::Deployment;
use gcp::{
    Client, Endpoints, Message, Publisher, ReqwestTransport, credentials::StaticToken,
    methods::compute,
};
use groundcrew::local::Registration;
use names::Duration;
use publish::PubsubPublisher;
use runtime::SystemClock;
use serde_json::Value;
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
};
use tokio::time::Instant;

/// How long anything may take before a test fails. Generous, since the machine
/// that runs the tests may be slow.
pub const TIMEOUT: Duration = Duration::from_secs(60);

/// Polls until `ask` returns a value. `what` describes it in the failure message.
///
/// # Panics
/// There is no value within [`TIMEOUT`].
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(started.elapsed() < TIMEOUT, "timed out: {what}");
        pause();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "other processes keep no virtual time"
)]
fn pause() {
    std::thread::sleep(Duration::from_millis(30));
}

/// The output of a process that has ended.
#[derive(Debug)]
pub struct Output {
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Output {
    /// Runs `command` until it ends.
    ///
    /// # Panics
    /// It cannot be started.
    pub fn of(command: &mut Command) -> Self {
        let output = command
            .stdin(Stdio::null())
            .output()
            .expect("the program starts");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Standard output.
    ///
    /// # Panics
    /// The process failed.
    #[must_use]
    pub fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }
}

/// A user with a temporary folder, in which everything happens.
pub struct User {
    program: &'static str,
    folder: PathBuf,
}

impl User {
    /// A user of `program`. `name` must be unique in this process.
    ///
    /// # Panics
    /// The folder cannot be created.
    #[must_use]
    pub fn new(program: &'static str, name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("crew-{name}-{}", std::process::id()));
        // Left by an earlier process of that number.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        let folder = folder.canonicalize().expect("just made");
        Self { program, folder }
    }

    /// The temporary folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A command of the program.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(self.program);
        command
            .args(arguments)
            .env("GROUNDCREW_RUN", self.folder.join("run"))
            .env("TMPDIR", &self.folder);
        command
    }

    /// Runs the command `line`, whose arguments are separated by spaces.
    pub fn run(&self, line: &str) -> Output {
        Output::of(&mut self.command(line.split_whitespace()))
    }

    /// Runs the command `line` and parses its output as JSON.
    ///
    /// # Panics
    /// It fails, or prints something else.
    pub fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.run(line).ok()).expect("JSON")
    }

    /// The job `id`, as `job list` shows it, if it exists.
    pub fn job(&self, id: &str) -> Option<Value> {
        let jobs = self.json("job list --json --limit 1000");
        let jobs = jobs.as_array()?;
        jobs.iter().find(|job| job["id"] == id).cloned()
    }

    /// Starts a local cloud with `arguments` on any port, and waits until it is up.
    ///
    /// # Panics
    /// It does not come up.
    pub fn local(&self, arguments: &[&str]) -> LocalCloud {
        let words = ["local", "--empty", "--port", "0"].iter().chain(arguments);
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("local.log"))
            .expect("a log");
        let mut child = self
            .command(words)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        let file = self.folder.join("run/local.json");
        let registration = until("the local cloud is up", || {
            let ended = child.try_wait().expect("a child");
            assert!(ended.is_none(), "{ended:?}: {}", self.log());
            let text = fs::read(&file).ok()?;
            let found: Registration = serde_json::from_slice(&text).ok()?;
            (found.pid == child.id()).then_some(found)
        });
        LocalCloud {
            child,
            registration,
        }
    }

    /// The log of the local clouds.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("local.log")).unwrap_or_default()
    }

    /// The running processes that were started for this user, with command lines.
    #[must_use]
    pub fn processes(&self) -> Vec<String> {
        let marker = self.folder.as_os_str().as_encoded_bytes();
        let all = fs::read_dir("/proc").into_iter().flatten().flatten();
        all.filter_map(|entry| {
            let environment = fs::read(entry.path().join("environ")).ok()?;
            environment
                .windows(marker.len())
                .any(|w| w == marker)
                .then_some(())?;
            let line = fs::read(entry.path().join("cmdline")).ok()?;
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            // A zombie has no command line.
            (!line.is_empty()).then(|| format!("{} {line}", entry.file_name().display()))
        })
        .collect()
    }
}

impl Drop for User {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("log of the local cloud:\n{}", self.log());
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A local cloud in its own process, which is killed when this is dropped.
pub struct LocalCloud {
    child: Child,
    /// Its address, token file and process ID.
    pub registration: Registration,
}

impl LocalCloud {
    /// Kills the process, as `kill -9` does.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits for the process to exit after the user has stopped it.
    ///
    /// # Panics
    /// It does not exit, or fails.
    pub fn wait_for_exit(mut self) {
        let status = until("the local cloud ends", || {
            self.child.try_wait().expect("a child")
        });
        assert!(status.success(), "{status}");
    }

    fn token(&self) -> Arc<StaticToken> {
        let token = fs::read_to_string(&self.registration.token_file).expect("a token");
        Arc::new(StaticToken::new(token.trim()))
    }

    /// A client with the operator's token.
    ///
    /// # Panics
    /// The token cannot be read.
    #[must_use]
    pub fn client(&self) -> Client {
        let transport = ReqwestTransport::new().expect("a transport");
        let endpoints = Endpoints::local(&self.registration.url);
        Client::new(
            Arc::new(transport),
            self.token(),
            endpoints,
            Arc::new(SystemClock),
        )
    }

    /// The names of the instances.
    ///
    /// # Panics
    /// They cannot be listed.
    pub async fn machines(&self) -> Vec<String> {
        let project = Deployment::local().settings.project;
        let found = compute::aggregated_list(&self.client(), &project, "").await;
        let found = found.expect("the machines");
        found
            .instances
            .into_iter()
            .map(|i| i.name.to_string())
            .collect()
    }

    /// Submits jobs concurrently, each an ID and a spec.
    ///
    /// # Panics
    /// One cannot be published.
    pub async fn queue(&self, jobs: impl IntoIterator<Item = (String, Value)>) {
        let publisher = PubsubPublisher::new(self.token(), Some(&self.registration.url));
        let queue = Deployment::local().queue;
        let sending = jobs.into_iter().map(|(id, spec)| {
            let mut message = Message::json(&spec);
            message.attributes.insert("job".to_owned(), id);
            publisher.publish(&queue, message)
        });
        for sent in futures_util::future::join_all(sending).await {
            sent.expect("published");
        }
    }
}

impl Drop for LocalCloud {
    fn drop(&mut self) {
        self.end();
    }
}
