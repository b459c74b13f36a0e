//! Google's own command line drives the local cloud, by the variables that
//! `groundcrew local env` prints. Where there is no gcloud it says so, and passes.

use std::{fs, process::Command};
use tests::user::{Output, User, until};

/// `gcloud` with `words`, in the environment that the local cloud prints.
fn gcloud(user: &User, words: &[&str]) -> Output {
    let env = user.folder().join("env");
    let script = ". \"$0\" && exec gcloud \"$@\"";
    let mut command = Command::new("sh");
    Output::of(command.args(["-c", script]).arg(env).args(words))
}

#[test]
fn gcloud_publishes_lists_and_reads() {
    if Command::new("gcloud")
        .arg("--help")
        .env("PAGER", "cat")
        .output()
        .is_err()
    {
        println!("not run: there is no gcloud");
        return;
    }
    let user = User::new(env!("CARGO_BIN_EXE_tested-groundcrew"), "gcloud");
    let cloud = user.local(&[]);
    fs::write(user.folder().join("env"), user.run("local env").ok()).expect("writable");
    let gcloud = |words: &[&str]| gcloud(&user, words);

    let publish = |message: &str| {
        gcloud(&[
            "pubsub",
            "topics",
            "publish",
            "job-queued",
            "--message",
            message,
        ])
        .ok()
    };
    // A job id of gcloud's making: that of the message.
    publish(r#"{"command":["echo","hi"]}"#);
    publish(r#"{"command":["true"],"colour":"blue"}"#);
    let job = until("both jobs are done", || {
        let jobs = user.json("job list --state done --json");
        let jobs = jobs.as_array().filter(|jobs| jobs.len() == 2)?;
        jobs.iter().find(|job| job["command"][0] == "echo").cloned()
    });
    assert_eq!(job["exit_code"], 0, "{job}");
    let id = job["id"].as_str().expect("an id");
    assert_eq!(user.run(&format!("job logs {id}")).ok(), "hi\n");
    let failed = user.json("job list --failed --json");
    assert_eq!(failed.as_array().expect("a list").len(), 1, "{failed}");
    assert!(
        failed[0]["note"]
            .as_str()
            .is_some_and(|n| n.contains("colour")),
        "{failed}"
    );

    let machines = gcloud(&["compute", "instances", "list", "--project", "demo-project"]);
    assert!(machines.stderr.contains("Listed 0 items"), "{machines:?}");
    let bucket = "gs://demo-project-groundcrew";
    let objects = gcloud(&[
        "storage",
        "ls",
        "--recursive",
        &format!("{bucket}/jobs/{id}/"),
    ])
    .ok();
    let exit = objects.lines().find(|line| line.contains("exit"));
    let exit = exit.unwrap_or_else(|| panic!("an exit record: {objects}"));
    let record = gcloud(&["storage", "cat", exit]).ok();
    assert!(record.contains("\"code\":0"), "{record}");
    let accounts = gcloud(&["iam", "service-accounts", "list", "--format=value(email)"]).ok();
    assert!(
        accounts.contains("job-queued@groundcrew-local.iam"),
        "{accounts}"
    );
    let topics = gcloud(&["pubsub", "topics", "list", "--format=value(name)"]).ok();
    assert!(
        topics.contains("projects/groundcrew-local/topics/job-changed"),
        "{topics}"
    );
    drop(cloud);
}
