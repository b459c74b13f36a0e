//! Google's own command line drives the local cloud, by the variables that
//! `groundcrew local env` prints. Where there is no gcloud it says so, and passes.

use serde_json::{Value, json};
use std::{fs, process::Command};
use tests::user::{LocalCloud, Output, User, until};

/// `gcloud` with `words`, in the environment that the local cloud prints.
fn gcloud(user: &User, words: &[&str]) -> Output {
    let env = user.folder().join("env");
    let script = ". \"$0\" && exec gcloud \"$@\"";
    let mut command = Command::new("sh");
    Output::of(command.args(["-c", script]).arg(env).args(words))
}

/// A user with a local cloud, if there is a gcloud.
fn user(name: &str) -> Option<(User, LocalCloud)> {
    let mut help = Command::new("gcloud");
    if help.arg("--help").env("PAGER", "cat").output().is_err() {
        eprintln!("not run: there is no gcloud");
        return None;
    }
    let user = User::new(env!("CARGO_BIN_EXE_tested-groundcrew"), name);
    let cloud = user.local(&[]);
    fs::write(user.folder().join("env"), user.run("local env").ok()).expect("writable");
    Some((user, cloud))
}

#[test]
fn gcloud_publishes_lists_and_reads() {
    let Some((user, cloud)) = user("gcloud") else {
        return;
    };
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

/// As the account of its machine, which may write checkpoints, and not list buckets.
#[tokio::test]
async fn gcloud_works_in_a_job() {
    let Some((user, cloud)) = user("gcloud-job") else {
        return;
    };
    let script = "echo saved >note && \
        gcloud --quiet storage cp note \"${GROUNDCREW_CHECKPOINTS}state\" && \
        gcloud --quiet storage cat \"${GROUNDCREW_CHECKPOINTS}state\" && \
        ! gcloud --quiet storage ls 2>refusal && grep -o groundcrew-instances@ refusal | head -1";
    let spec = json!({ "command": ["sh", "-c", script] });
    cloud.queue([("job".to_owned(), spec)]).await;
    let job = until("the job is done", || {
        user.job("job").filter(|job| job["state"] == "done")
    });
    let log = user.run("job logs job").ok();
    assert_eq!(job["exit_code"], 0, "{log}");
    assert!(log.contains("saved\n"), "{log}");
    assert!(log.ends_with("groundcrew-instances@\n"), "{log}");
}

#[test]
fn gcloud_manages_secrets_repositories_sinks_and_schedules() {
    let Some((user, cloud)) = user("gcloud-kinds") else {
        return;
    };
    let run = |line: &str| gcloud(&user, &line.split_whitespace().collect::<Vec<_>>());
    let done = |line: &str| drop(run(line).ok());
    let file = user.folder().join("payload");
    fs::write(&file, "hello").expect("writable");
    done("secrets create key --replication-policy=automatic");
    let file = file.display();
    done(&format!("secrets versions add key --data-file={file}"));
    let latest = run("secrets versions access latest --secret=key").ok();
    assert_eq!(latest, "hello");
    done("secrets versions disable 1 --secret=key");
    let refused = run("secrets versions access 1 --secret=key");
    assert!(
        refused.stderr.contains("is in DISABLED state."),
        "{refused:?}"
    );

    let images = "images --location=us-west1";
    let create = format!("artifacts repositories create {images} --repository-format=docker");
    done(&create);
    let show = format!("artifacts repositories describe {images} --format=value(registryUri)");
    assert_eq!(
        run(&show).ok(),
        "us-west1-docker.pkg.dev/groundcrew-local/images\n"
    );

    let topic = "pubsub.googleapis.com/projects/groundcrew-local/topics/tick";
    let create = format!("logging sinks create errors {topic} --log-filter=severity>=ERROR");
    let writer = "@gcp-sa-logging.iam.gserviceaccount.com";
    let created = run(&create);
    assert!(created.stderr.contains(writer), "{created:?}");
    done("logging sinks update errors --log-filter=severity>=ALERT");
    let filters = run("logging sinks list --format=value(filter)").ok();
    assert_eq!(filters, "severity>=ALERT\n");

    let job = "often --location=us-central1";
    let create =
        format!("scheduler jobs create pubsub {job} --topic=tick --message-body={{}} --schedule");
    let create = |schedule| {
        let words = create.split_whitespace().chain([schedule]);
        gcloud(&user, &words.collect::<Vec<_>>())
    };
    let refused = create("*/5 * * *");
    assert!(
        refused.stderr.contains("Schedule or time zone is invalid."),
        "{refused:?}"
    );
    drop(create("*/5 * * * *").ok());
    done(&format!("scheduler jobs run {job}"));
    let shown = run(&format!("scheduler jobs describe {job} --format=json")).ok();
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(shown["status"], json!({}), "{shown}");
    drop(cloud);
}
