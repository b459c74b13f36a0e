//! A local cloud that was killed continues from its state when it is started
//! again, and one that cannot start says what to do. Real processes; Linux only, as they are found in /proc.

use names::Duration;
use serde_json::{Value, json};
use std::fs;
use tests::{
    retry::retry_for,
    user::{Output, TIMEOUT, User, until},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_tested-groundcrew");

/// A command that records its start and end, and whether another one is running.
const COMMAND: &str =
    "grep -qs . /proc/$(cat $DIR/pid 2>/dev/null || echo none)/cmdline && echo overlap >>$DIR/events
    echo $$ >$DIR/pid
    echo begin >>$DIR/events
    sleep 1
    echo end >>$DIR/events
    echo done";

fn events(user: &User) -> Vec<String> {
    let text = fs::read_to_string(user.folder().join("events")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn count(user: &User, event: &str) -> usize {
    events(user).iter().filter(|line| *line == event).count()
}

/// Kills a local cloud once `moment` returns, starts it again, and returns how
/// often the command was started.
async fn starts_despite_kill(
    name: &str,
    moment: impl AsyncFn(&User, &tests::user::LocalCloud),
) -> usize {
    let user = User::new(PROGRAM, name);
    let state = user.folder().join("state");
    let state = ["--state", state.to_str().expect("text")];
    let first = user.local(&state);
    let dir = user.folder().to_str().expect("text");
    let spec = json!({ "command": ["sh", "-c", COMMAND], "env": { "DIR": dir } });
    first.queue([("job-a".to_owned(), spec)]).await;
    moment(&user, &first).await;
    first.kill();

    let second = user.local(&state);
    let done = until("the job is done", || {
        user.job("job-a").filter(|job| job["state"] == "done")
    });
    assert_eq!(done["exit_code"], 0, "{done}");
    assert_eq!(user.run("job logs job-a").ok(), "done\n");
    assert_eq!(second.machines().await, [""; 0]);
    assert_eq!(count(&user, "overlap"), 0, "{:?}", events(&user));
    assert_eq!(user.run("local stop").ok(), "");
    second.wait_for_exit();
    assert_eq!(user.processes(), [""; 0]);
    assert!(!user.log().contains("ERROR"), "{}", user.log());
    count(&user, "begin")
}

#[tokio::test]
async fn a_job_submitted_just_before_a_kill_runs_once() {
    assert_eq!(starts_despite_kill("submitted", async |_, _| ()).await, 1);
}

#[tokio::test]
async fn a_job_whose_machine_boots_during_a_kill_still_runs() {
    let booting = async |_: &User, cloud: &tests::user::LocalCloud| {
        let pause = Duration::from_millis(5);
        let machine = retry_for(TIMEOUT, pause, async || {
            let machines = cloud.machines().await;
            (!machines.is_empty()).then_some(())
        });
        machine.await.expect("a machine");
    };
    // The machine may have begun before the kill; never two at a time.
    assert!((1..=2).contains(&starts_despite_kill("boots", booting).await));
}

#[tokio::test]
async fn a_command_interrupted_by_a_kill_runs_again() {
    let begun = async |user: &User, _: &tests::user::LocalCloud| {
        until("the command begins", || {
            (count(user, "begin") > 0).then_some(())
        });
    };
    assert_eq!(starts_despite_kill("runs", begun).await, 2);
}

#[tokio::test]
async fn a_job_whose_command_ended_just_before_a_kill_still_ends() {
    let ended = async |user: &User, _: &tests::user::LocalCloud| {
        until("the command ends", || {
            (count(user, "end") > 0).then_some(())
        });
    };
    // Whether the exit record was written in time decides.
    assert!((1..=2).contains(&starts_despite_kill("ended", ended).await));
}

/// Checks that the command failed with one line that contains all `words`.
fn one_line(output: &Output, words: &[&str]) {
    assert_eq!((output.code, &*output.stdout), (Some(1), ""), "{output:?}");
    let lines: Vec<&str> = output.stderr.lines().collect();
    assert_eq!(lines.len(), 1, "{output:?}");
    for word in words {
        assert!(lines[0].contains(word), "{word:?}: {output:?}");
    }
}

#[test]
fn a_port_in_use_is_named() {
    let user = User::new(PROGRAM, "port");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("bound").port();
    for detach in ["", "--detach"] {
        let output = user.run(&format!("local {detach} --port {port}"));
        one_line(&output, &[&format!("port {port}"), "choose another port"]);
    }
    assert_eq!(user.processes(), [""; 0]);
}

#[test]
fn a_state_folder_that_cannot_be_used_is_named() {
    let user = User::new(PROGRAM, "unwritable");
    let file = user.folder().join("a-file");
    fs::write(&file, "").expect("writable");
    let output = user.run(&format!("local --port 0 --state {}", file.display()));
    one_line(&output, &["a-file", "choose another"]);
    assert_eq!(user.processes(), [""; 0]);
}

#[test]
fn a_state_folder_in_use_is_named() {
    let user = User::new(PROGRAM, "in-use");
    let state = user.folder().join("state");
    let cloud = user.local(&["--state", state.to_str().expect("text")]);
    let mut other = user.command(["local", "--port", "0", "--state"]);
    let other = other
        .arg(&state)
        .env("GROUNDCREW_RUN", user.folder().join("other"));
    one_line(&Output::of(other), &["another process", "choose another"]);
    // The first goes on, undisturbed.
    let status: Value = user.json("local status --json");
    assert_eq!(status["pid"], cloud.registration.pid);
}

#[tokio::test]
async fn a_missing_agent_is_named() {
    let options = groundcrew::local::Options {
        agent: Some("/nonexistent/agent".into()),
        ..Default::default()
    };
    let error = groundcrew::local::Local::start(&options, None, None).await;
    let error = error.err().expect("no agent").to_string();
    assert!(
        error.contains("/nonexistent/agent") && error.contains("cargo build"),
        "{error}"
    );
}
