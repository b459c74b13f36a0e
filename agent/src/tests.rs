//! Whole attempts: a real command and a fake cloud in memory.

mod ssh_key;

use crate::{
    Flush, LogLimits, Options, State,
    clock::SteadyClock,
    decide::Input,
    run::{AgentContext, run_with},
    testing::{CLAIM, EXIT, FakeCloud, FakeTransport, Folder, assignment},
};
use events::{Claim, ExitRecord, ExitStatus, JobAssignment};
use gcp::{Client, Endpoints, RetryPolicy, credentials::MetadataServer};
use names::{Clock, Duration, Timestamp};
use std::{collections::BTreeMap, sync::Arc};
use tokio::{
    sync::mpsc::{self, UnboundedSender},
    task::JoinHandle,
    time::timeout,
};

/// An agent under test.
struct Agent {
    fake: Arc<FakeCloud>,
    inputs: UnboundedSender<Input>,
    over: JoinHandle<State>,
}

fn sh(script: &str) -> JobAssignment {
    JobAssignment {
        command: ["sh", "-c", script].map(String::from).to_vec(),
        ..assignment()
    }
}

fn start(fake: &Arc<FakeCloud>, folder: &Folder) -> Agent {
    start_if(fake, folder, None)
}

/// Starts the agent on a machine that is `unready`, if it is.
fn start_if(fake: &Arc<FakeCloud>, folder: &Folder, unready: Option<&str>) -> Agent {
    let wire = Arc::new(FakeTransport(fake.clone()));
    let clock: Arc<dyn Clock> = Arc::new(SteadyClock::start());
    let base = "http://127.0.0.1:1";
    let metadata = Arc::new(MetadataServer::new(wire.clone(), base, clock.clone()));
    let context = AgentContext {
        client: Client::new(
            wire.clone(),
            metadata.clone(),
            Endpoints::local(base),
            clock.clone(),
        )
        // The agent's own tries follow one another faster.
        .with_retry(RetryPolicy::none()),
        metadata,
        publisher: wire,
        clock,
    };
    let path = ("PATH".to_owned(), "/usr/bin:/bin".to_owned());
    let options = Options {
        state: folder.0.clone(),
        secrets: folder.0.join("run"),
        shutdown_marker: folder.0.join("shutdown"),
        metadata: base.to_owned(),
        endpoint: None,
        pubsub_emulator: None,
        unready: unready.map(str::to_owned),
        inherited_env: BTreeMap::from([path]),
        shutdown_grace: Duration::from_secs(20),
        maintenance_grace: Duration::from_secs(20),
        retry: Duration::from_millis(1),
        // Only what fills a part, or is left at the end, is written.
        log: LogLimits {
            early: Flush {
                interval: Duration::from_secs(3600),
                ..LogLimits::default().early
            },
            ..LogLimits::default()
        },
    };
    let (inputs, received) = mpsc::unbounded_channel();
    let run = run_with(context, options, inputs.clone(), received);
    let over = tokio::spawn(async { run.await.expect("the agent does its work") });
    Agent {
        fake: fake.clone(),
        inputs,
        over,
    }
}

impl Agent {
    async fn until(&self, is: impl Fn(&crate::testing::FakeState) -> bool) {
        let wait = timeout(Duration::from_secs(30), self.fake.until(is));
        wait.await.expect("it happens");
    }

    async fn over(self) -> State {
        let over = timeout(Duration::from_secs(30), self.over).await;
        over.expect("it ends").expect("it does not panic")
    }
}

/// Prints a part's worth, so that the bucket shows that the command runs.
const READY: &str = "head -c 70000 /dev/zero | tr '\\0' x; ";

fn runs(cloud: &crate::testing::FakeState) -> bool {
    cloud.objects.keys().any(|name| name.contains("/log/"))
}

#[tokio::test]
async fn a_short_job_costs_four_calls() {
    let folder = Folder::new("short");
    let fake = FakeCloud::new(sh(
        "echo $GROUNDCREW_JOB $GROUNDCREW_ATTEMPT $GROUNDCREW_CHECKPOINTS; exit 3",
    ));
    assert_eq!(start(&fake, &folder).over().await, State::Finished);
    let cloud = fake.snapshot();
    let mut calls = cloud.calls.clone();
    // The report of the start waits for nobody and nobody for it.
    calls.sort();
    let (claim, exit) = (format!("insert {CLAIM}"), format!("insert {EXIT}"));
    assert_eq!(
        calls,
        [claim.as_str(), &exit, "publish finished", "publish started"]
    );
    assert_eq!(cloud.calls[0], claim);
    assert_eq!(cloud.calls[3], "publish finished");
    assert_eq!(cloud.reports, ["started", "finished"]);
    let exit = cloud.exit().expect("written");
    assert_eq!(
        (exit.exit_status, exit.log_parts),
        (ExitStatus::Exited { code: 3 }, 0)
    );
    assert!(exit.started <= exit.finished);
    assert_eq!(
        cloud.output(),
        "train 1 gs://demo-bucket/jobs/train/checkpoints/\n"
    );
}

#[tokio::test]
async fn a_job_with_a_volume_writes_into_its_folder_and_knows_where_its_data_are() {
    let folder = Folder::new("volume");
    let fake = FakeCloud::new(JobAssignment {
        volume: Some("data".parse().expect("valid")),
        ..sh("echo $GROUNDCREW_VOLUME $GROUNDCREW_CHECKPOINTS")
    });
    assert_eq!(start(&fake, &folder).over().await, State::Finished);
    let objects = fake.snapshot().objects;
    let names: Vec<&str> = objects.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "volumes/data/jobs/train/attempts/1/claim.json",
            "volumes/data/jobs/train/attempts/1/exit.json",
        ]
    );
    let exit: ExitRecord = serde_json::from_slice(&objects[names[1]]).expect("an exit record");
    assert_eq!(
        String::from_utf8(exit.log_tail).expect("UTF-8"),
        "gs://demo-bucket/volumes/data/data/ \
         gs://demo-bucket/volumes/data/jobs/train/checkpoints/\n"
    );
}

#[tokio::test]
async fn an_attempt_with_a_foreign_claim_is_not_run() {
    let at = Timestamp::from_seconds(1);
    let other = Claim::Machine {
        instance_id: "8".into(),
        at,
    };
    for claim in [other, Claim::Revoked { at }] {
        let folder = Folder::new("lost");
        let fake = FakeCloud::new(sh(&format!("touch {}/ran", folder.0.display())));
        fake.put_claim(&claim);
        assert_eq!(start(&fake, &folder).over().await, State::Refused);
        let cloud = fake.snapshot();
        assert_eq!(cloud.reports, [""; 0]);
        assert_eq!(cloud.exit(), None);
        assert_eq!(std::fs::read_dir(&folder.0).expect("there").count(), 0);
    }
}

#[tokio::test]
async fn a_claim_whose_response_was_lost_is_won() {
    let folder = Folder::new("answer");
    let fake = FakeCloud::new(sh("true"));
    fake.update(|cloud| cloud.lose_answer = true);
    assert_eq!(start(&fake, &folder).over().await, State::Finished);
    assert_eq!(fake.snapshot().reports, ["started", "finished"]);
}

#[tokio::test]
async fn an_agent_that_starts_again_never_starts_the_command_again() {
    let folder = Folder::new("again");
    let fake = FakeCloud::new(sh(&format!("echo ran >> {}/ran", folder.0.display())));
    assert_eq!(start(&fake, &folder).over().await, State::Finished);
    // As if it had died before the record.
    fake.update(|cloud| {
        cloud.objects.remove(EXIT);
        cloud.reports.clear();
    });
    assert_eq!(start(&fake, &folder).over().await, State::Refused);
    let ran = std::fs::read_to_string(folder.0.join("ran")).expect("it ran once");
    assert_eq!(ran, "ran\n");
    assert_eq!(
        (fake.snapshot().exit(), fake.snapshot().reports.len()),
        (None, 0)
    );
}

#[tokio::test]
async fn a_command_that_cannot_start_is_finished_and_says_why() {
    let folder = Folder::new("spawn");
    let fake = FakeCloud::new(JobAssignment {
        command: vec!["/no/such/program".into()],
        ..assignment()
    });
    assert_eq!(start(&fake, &folder).over().await, State::Finished);
    let cloud = fake.snapshot();
    let Some(ExitStatus::NotStarted { reason }) = cloud.exit().map(|exit| exit.exit_status) else {
        panic!("{:?}", cloud.exit());
    };
    assert!(reason.contains("/no/such/program"), "{reason}");
    assert!(
        cloud
            .output()
            .contains("could not start the command: /no/such/program")
    );
    assert_eq!(cloud.reports.last().map(String::as_str), Some("finished"));
}

#[tokio::test]
async fn a_machine_that_is_not_ready_does_not_start_the_command_and_says_why() {
    let folder = Folder::new("unready");
    let fake = FakeCloud::new(sh(&format!("touch {}/ran", folder.0.display())));
    let agent = start_if(&fake, &folder, Some("the NVIDIA driver did not answer"));
    assert_eq!(agent.over().await, State::Finished);
    let exit_status = fake.snapshot().exit().map(|exit| exit.exit_status);
    let reason = "the NVIDIA driver did not answer".to_owned();
    assert_eq!(exit_status, Some(ExitStatus::NotStarted { reason }));
    assert!(!folder.0.join("ran").exists());
}

#[tokio::test]
async fn a_job_that_exceeds_max_run_is_stopped_and_its_log_says_so() {
    let folder = Folder::new("limit");
    let fake = FakeCloud::new(JobAssignment {
        max_run: Duration::from_secs(1),
        ..sh("printf partial; exec sleep 1000")
    });
    assert_eq!(start(&fake, &folder).over().await, State::Finished);
    let cloud = fake.snapshot();
    assert_eq!(
        cloud.exit().map(|exit| exit.exit_status),
        Some(ExitStatus::TimedOut)
    );
    assert_eq!(
        cloud.output(),
        "partial\ngroundcrew: time limit exceeded: stopped after 1s (max_run)\n"
    );
    assert_eq!(cloud.reports, ["started", "finished"]);
}

#[tokio::test]
async fn a_terminated_host_is_never_the_exit_of_the_job() {
    type Notice = fn(&Agent);
    let notices: [(&str, Notice); 3] = [
        ("preempted", |agent| {
            agent.fake.update(|cloud| cloud.preempted = true)
        }),
        ("maintenance", |agent| {
            agent.fake.update(|cloud| cloud.maintenance = true)
        }),
        ("shutdown", |agent| drop(agent.inputs.send(Input::Shutdown))),
    ];
    for (name, notice) in notices {
        let folder = Folder::new(name);
        let trap = "trap 'echo saved; exit 0' TERM; ";
        let fake = FakeCloud::new(sh(&format!("{trap}{READY}while :; do sleep 0.05; done")));
        let agent = start(&fake, &folder);
        agent.until(runs).await;
        notice(&agent);
        assert_eq!(agent.over().await, State::Drained, "{name}");
        let cloud = fake.snapshot();
        assert_eq!(cloud.exit(), None, "{name}");
        assert_eq!(cloud.reports, ["started", "drained"], "{name}");
        let last = format!("saved\ngroundcrew: stopped: host termination ({name})\n");
        let output = cloud.output();
        let end = &output[output.len() - last.len()..];
        assert_eq!(end, last, "{name}");
    }
}

#[tokio::test]
async fn a_command_is_not_started_on_a_host_that_is_being_terminated() {
    let folder = Folder::new("gone");
    let fake = FakeCloud::new(sh(&format!("touch {}/ran", folder.0.display())));
    // The claim fails until the notice is there.
    fake.update(|cloud| cloud.failures = u32::MAX);
    let agent = start(&fake, &folder);
    agent.until(|cloud| !cloud.calls.is_empty()).await;
    drop(agent.inputs.send(Input::Shutdown));
    tokio::task::yield_now().await;
    fake.update(|cloud| cloud.failures = 0);
    assert_eq!(agent.over().await, State::Drained);
    assert_eq!(fake.snapshot().reports, ["drained"]);
    assert!(!folder.0.join("ran").exists());
}

#[tokio::test]
async fn failed_requests_are_retried_and_the_record_comes_before_the_report() {
    let folder = Folder::new("retry");
    let fake = FakeCloud::new(sh("echo hello"));
    fake.update(|cloud| cloud.failures = 9);
    assert_eq!(start(&fake, &folder).over().await, State::Finished);
    let cloud = fake.snapshot();
    assert_eq!(cloud.reports, ["started", "finished"]);
    assert_eq!(cloud.output(), "hello\n");
    let place = |what: &str| cloud.calls.iter().rposition(|call| call == what);
    assert!(place(&format!("insert {EXIT}")) < place("publish finished"));
}
