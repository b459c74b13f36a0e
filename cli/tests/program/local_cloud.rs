//! The program, run as a user runs it, against a local cloud of the test's own.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A folder in which the program keeps its files, so that tests do not find each
/// other's local clouds. Dropping it stops the local cloud.
pub(crate) struct LocalCloud {
    folder: PathBuf,
}

/// What a command printed.
pub(crate) struct Printed {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl LocalCloud {
    /// An empty folder; no cloud is running yet.
    pub(crate) fn not_started(name: &str) -> Self {
        let name = format!("groundcrew-test-{}-{name}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).expect("a folder");
        Self { folder }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_groundcrew"));
        command
            .args(args)
            .env("GROUNDCREW_RUN", &self.folder)
            .env_remove("RUST_LOG");
        command
    }

    /// With the cloud running in the background.
    pub(crate) fn start(name: &str) -> Self {
        let cloud = Self::not_started(name);
        cloud.run(0, "local --empty --detach --port 0");
        cloud
    }

    /// Runs a command with `input` as its standard input, and requires that it
    /// exits with `code`.
    pub(crate) fn run_args(&self, code: i32, args: &[&str], input: &str) -> Printed {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let mut stdin = child.stdin.take().expect("piped");
        // Fails if the program does not read its input and has exited.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().expect("it exits");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(
            output.status.code(),
            Some(code),
            "{args:?} printed\n{stdout}\nand\n{stderr}"
        );
        Printed { stdout, stderr }
    }

    /// Runs a command line that is split at spaces, without input.
    pub(crate) fn run(&self, code: i32, line: &str) -> Printed {
        self.run_with_input(code, line, "")
    }

    /// Like [`LocalCloud::run`], with standard input.
    pub(crate) fn run_with_input(&self, code: i32, line: &str, input: &str) -> Printed {
        let args: Vec<&str> = line.split(' ').collect();
        self.run_args(code, &args, input)
    }
}

impl Drop for LocalCloud {
    fn drop(&mut self) {
        let _ = self.command(&["local", "stop"]).output();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn googles_methods_are_listed_with_those_that_are_there() {
    let cloud = LocalCloud::not_started("apis");
    let help = cloud.run(0, "local apis --help").stdout;
    let examples = help.lines().map(str::trim);
    let examples: Vec<&str> = examples
        .filter_map(|line| line.strip_prefix("groundcrew "))
        .collect();
    let [all, one, json] = examples[..] else {
        panic!("{examples:?}");
    };
    let all = cloud.run(0, all).stdout;
    for name in ["compute.v1 ", "pubsub.v1 ", "run.v1 ", "run.v2 "] {
        let line = all.lines().find(|line| line.starts_with(name));
        assert!(line.is_some_and(|line| line.ends_with(" methods")), "{all}");
    }
    let one = cloud.run(0, one).stdout;
    let is = |id: &str, answer: &str| {
        let words = one
            .lines()
            .map(|l| l.split_whitespace().collect::<Vec<_>>());
        let mut found = words.filter(|words| words.first() == Some(&id));
        found.next().map(|words| words[1]) == Some(answer)
    };
    assert!(is("pubsub.projects.topics.publish", "yes"), "{one}");
    assert!(
        is("pubsub.projects.topics.testIamPermissions", "yes"),
        "{one}"
    );
    let json = cloud.run(0, json).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let api = &json["apis"][0];
    let methods = api["methods"].as_array().expect("a list");
    let simulated = methods.iter().filter(|method| method["simulated"] == true);
    assert_eq!(api["name"], "run.v2");
    assert_eq!(api["simulated"], simulated.count());
    assert_eq!(api["total"], methods.len());
    let error = cloud.run(1, "local apis bigquery").stderr;
    assert!(
        error.contains("does not have bigquery: it has artifactregistry.v1"),
        "{error}"
    );
}
