//! The program, from outside: what a person at a laptop does with it.

use serde_json::Value;
use std::{
    fs,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

/// A folder of this test's own, so that its local cloud is nobody else's. The
/// cloud in it ends with it.
struct Desk(PathBuf);

impl Desk {
    fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("groundcrew-test-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    fn run(&self, words: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_groundcrew"))
            .args(words)
            .env("GROUNDCREW_RUN", &self.0)
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .output()
            .expect("the program runs")
    }

    /// Its standard output, if it exits with `code`.
    fn expect(&self, code: i32, words: &[&str]) -> String {
        let output = self.run(words);
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{words:?} said\n{out}\nand\n{said}"
        );
        out
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.run(&["local", "stop"]);
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_job_from_submit_to_gone() {
    let desk = Desk::new("job");
    let said = desk.run(&["job", "list"]).stderr;
    assert!(String::from_utf8_lossy(&said).contains("groundcrew local --detach"));
    desk.expect(1, &["local", "status"]);

    let up = desk.expect(0, &["local", "--detach", "--port", "0"]);
    let url = up
        .split_whitespace()
        .find(|word| word.starts_with("http://"))
        .expect("a URL");
    let again = desk.run(&["local", "--port", "0"]).stderr;
    assert!(String::from_utf8_lossy(&again).contains("groundcrew local stop"));

    let env = desk.expect(0, &["local", "env"]);
    assert!(env.lines().all(|line| line.starts_with("export ")), "{env}");
    assert!(
        env.contains(&format!("export STORAGE_EMULATOR_HOST={url}\n")),
        "{env}"
    );

    let script = "echo hello $NAME; exit 3";
    let submitted = desk.expect(
        0,
        &[
            "job", "submit", "--env", "NAME=you", "--json", "--", "sh", "-c", script,
        ],
    );
    let submitted: Value = serde_json::from_str(&submitted).expect("JSON");
    let id = submitted["id"].as_str().expect("an id");
    desk.expect(3, &["job", "wait", id, "--timeout", "60s"]);
    assert_eq!(desk.expect(0, &["job", "logs", id]), "hello you\n");
    assert_eq!(desk.expect(0, &["job", "logs", id, "-f"]), "hello you\n");
    assert!(
        desk.expect(0, &["job", "show", id])
            .contains("done, exited with 3")
    );

    let listed = desk.expect(0, &["job", "list", "--failed", "--json"]);
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    assert_eq!(listed[0]["id"], id);
    assert_eq!(listed[0]["exit_code"], 3);
    assert_eq!(
        desk.expect(0, &["job", "list", "--state", "running", "--json"]),
        "[]\n"
    );
    let status: Value =
        serde_json::from_str(&desk.expect(0, &["local", "status", "--json"])).expect("JSON");
    assert_eq!(status["jobs"]["done"], 1);

    let endless = desk.expect(
        0,
        &["job", "submit", "--id", "endless", "--", "sleep", "1000"],
    );
    assert_eq!(endless, "endless\n");
    desk.expect(124, &["job", "wait", "endless", "--timeout", "1s"]);
    desk.expect(0, &["job", "cancel", "endless"]);
    desk.expect(130, &["job", "wait", "endless", "--timeout", "60s"]);

    desk.expect(0, &["local", "stop"]);
    desk.expect(1, &["local", "status"]);
}

#[test]
fn a_tour_shows_every_step() {
    let desk = Desk::new("tour");
    let shown = desk.expect(0, &["tour"]);
    for step in [
        "published",
        "pushed",
        "inserted",
        "booted",
        "claimed",
        "reported",
        "deleted",
        "gone",
    ] {
        assert!(
            shown
                .lines()
                .any(|line| line.contains(&format!("s  {step} "))),
            "{step} in\n{shown}"
        );
    }
    assert!(shown.contains("| hello from job-"), "{shown}");
    assert!(!shown.contains("eyJ"), "a token is shown:\n{shown}");
}

#[test]
fn a_tour_without_a_permission_fails_in_googles_words() {
    let desk = Desk::new("denied");
    let output = desk.run(&[
        "tour",
        "--deny",
        "resource-manager:compute.instances.create",
    ]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let words = "Required 'compute.instances.create' permission for 'projects/demo-project/zones/";
    assert!(said.contains(words), "{said}");
}
