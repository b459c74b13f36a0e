//! A user of the real program: each command is a process, each local cloud
//! is one that can be killed. Linux only, as it looks for processes in /proc.

use gcp::{
    Client, Endpoints, Message, Publisher, ReqwestTransport, credentials::StaticToken,
    methods::compute,
};
use groundcrew::{deployment::Deployment, local::Registration};
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

/// How long anything may take before the test gives up: the machine that
/// tests run on may be slow, and is not what they are about.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again until there is an answer.
///
/// # Panics
/// There is none within [`PATIENCE`].
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(started.elapsed() < PATIENCE, "not in time: {what}");
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

/// What a process said.
#[derive(Debug)]
pub struct Said {
    /// Its exit code; `None` after a signal.
    pub code: Option<i32>,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

impl Said {
    /// Runs `command` to its end.
    ///
    /// # Panics
    /// It cannot be started.
    pub fn by(command: &mut Command) -> Self {
        let output = command
            .stdin(Stdio::null())
            .output()
            .expect("the program starts");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self {
            code: output.status.code(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// Its output, if it succeeded.
    ///
    /// # Panics
    /// It did not.
    #[must_use]
    pub fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }
}

/// Somebody with a folder of their own, in which everything happens; it goes
/// with them.
pub struct User {
    program: &'static str,
    folder: PathBuf,
}

impl User {
    /// A user of `program`, called like nobody else in this process.
    ///
    /// # Panics
    /// There is no folder to be had.
    #[must_use]
    pub fn new(program: &'static str, name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("crew-{name}-{}", std::process::id()));
        // Left by an earlier process of that number.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        let folder = folder.canonicalize().expect("just made");
        Self { program, folder }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A command of theirs.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(self.program);
        command
            .args(arguments)
            .env("GROUNDCREW_RUN", self.folder.join("run"))
            .env("TMPDIR", &self.folder);
        command
    }

    /// What the command `line` says; its words are split at spaces.
    pub fn says(&self, line: &str) -> Said {
        Said::by(&mut self.command(line.split_whitespace()))
    }

    /// What the command `line` prints as JSON.
    ///
    /// # Panics
    /// It fails, or prints something else.
    pub fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.says(line).ok()).expect("JSON")
    }

    /// The job `id`, as `job list` tells it, if it is there.
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
        let words = ["local", "--port", "0"].iter().chain(arguments);
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

    /// What their local clouds logged.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("local.log")).unwrap_or_default()
    }

    /// Processes that were started for them and live, each with its command line.
    #[must_use]
    pub fn processes(&self) -> Vec<String> {
        let mark = self.folder.as_os_str().as_encoded_bytes();
        let all = fs::read_dir("/proc").into_iter().flatten().flatten();
        all.filter_map(|entry| {
            let environment = fs::read(entry.path().join("environ")).ok()?;
            environment
                .windows(mark.len())
                .any(|w| w == mark)
                .then_some(())?;
            let line = fs::read(entry.path().join("cmdline")).ok()?;
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            // One that has died and was not waited for has no command line.
            (!line.is_empty()).then(|| format!("{} {line}", entry.file_name().display()))
        })
        .collect()
    }
}

impl Drop for User {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the local cloud said:\n{}", self.log());
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A local cloud in a process of its own; it is killed if nothing else ends it.
pub struct LocalCloud {
    child: Child,
    /// Where it is.
    pub registration: Registration,
}

impl LocalCloud {
    /// Kills it, as `kill -9` does.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits for its end, after the user asked for it.
    ///
    /// # Panics
    /// It does not end, or not well.
    pub fn ended(mut self) {
        let status = until("the local cloud ends", || {
            self.child.try_wait().expect("a child")
        });
        assert!(status.success(), "{status}");
    }

    fn token(&self) -> Arc<StaticToken> {
        let token = fs::read_to_string(&self.registration.token_file).expect("a token");
        Arc::new(StaticToken::new(token.trim()))
    }

    /// A client of its operator.
    ///
    /// # Panics
    /// No connection can be prepared.
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

    /// Its machines' names.
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

    /// Queues jobs, each an id and a spec, all at once.
    ///
    /// # Panics
    /// One is not taken.
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
