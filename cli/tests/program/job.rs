//! `groundcrew local` and `groundcrew job`.

use crate::local_cloud::LocalCloud;
use serde_json::Value;
use std::process::Stdio;

#[test]
fn a_job_from_submission_to_deletion() {
    let cloud = LocalCloud::not_started("job");
    let error = cloud.run(1, "job list").stderr;
    assert!(error.contains("groundcrew local --detach"), "{error}");
    cloud.run(1, "local status");

    let started = cloud.run(0, "local --empty --detach --port 0").stdout;
    let url = started
        .split_whitespace()
        .find(|word| word.starts_with("http://"))
        .expect("a URL");
    let error = cloud.run(1, "local --empty --port 0").stderr;
    assert!(error.contains("groundcrew local stop"), "{error}");

    let env = cloud.run(0, "local env").stdout;
    assert!(env.lines().all(|line| line.starts_with("export ")), "{env}");
    let endpoint = format!("export GROUNDCREW_ENDPOINT={url}\n");
    assert!(env.contains(&endpoint), "{env}");
    let script = "echo $HTTPS_PROXY; test -s $SSL_CERT_FILE && exit 7";
    let seen = cloud.run_args(7, &["local", "exec", "--", "sh", "-c", script], "");
    assert_eq!(
        seen.stdout,
        format!("{url}\n"),
        "the command's code is the program's"
    );
    let error = cloud.run(1, "local exec -- nonesuch-program").stderr;
    assert!(error.contains("cannot run nonesuch-program"), "{error}");

    let script = "echo hello $NAME; exit 3";
    let args = [
        "job", "submit", "--env", "NAME=you", "--json", "--", "sh", "-c", script,
    ];
    let submitted = cloud.run_args(0, &args, "").stdout;
    let submitted: Value = serde_json::from_str(&submitted).expect("JSON");
    let id = submitted["id"].as_str().expect("an ID");
    cloud.run(3, &format!("job wait {id} --timeout 60s"));
    for options in ["", " -f"] {
        let log = cloud.run(0, &format!("job logs {id}{options}"));
        assert_eq!(log.stdout, "hello you\n");
    }
    let shown = cloud.run(0, &format!("job show {id}")).stdout;
    assert!(shown.contains("done, exited with 3"), "{shown}");

    let listed = cloud.run(0, "job list --failed --json").stdout;
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    assert_eq!(listed[0]["id"], id);
    assert_eq!(listed[0]["exit_code"], 3);
    let running = cloud.run(0, "job list --state running --json");
    assert_eq!(running.stdout, "[]\n");
    let status = cloud.run(0, "local status --json").stdout;
    let status: Value = serde_json::from_str(&status).expect("JSON");
    assert_eq!(status["jobs"]["done"], 1);

    let endless = cloud.run(0, "job submit --id endless -- sleep 1000");
    assert_eq!(endless.stdout, "endless\n");
    cloud.run(124, "job wait endless --timeout 1s");
    let again = cloud.run(0, "job submit --id endless -- sleep 1000").stderr;
    assert!(again.contains("endless was submitted before"), "{again}");
    let other = cloud.run(1, "job submit --id endless -- sleep 1").stderr;
    assert!(other.contains("endless is another job"), "{other}");
    let listed = cloud.run(0, "job list --limit 1").stderr;
    assert!(listed.contains("more than the newest 1 jobs"), "{listed}");
    cloud.run(0, "job cancel endless");
    cloud.run(130, "job wait endless --timeout 60s");
    let log = cloud.run(0, "job logs endless --json").stdout;
    assert!(log.contains(r#""complete": true"#), "{log}");

    cloud.run(0, "local stop");
    cloud.run(1, "local status");
}

/// Such a command would be run again on one machine after another.
#[test]
fn a_job_that_stops_its_machine_is_found_out_at_once_and_waits() {
    let cloud = LocalCloud::start("stops");
    let waits = "because machines were lost: 1 so far";
    for (id, script) in [
        ("kills", "kill -9 $PPID; sleep 600"),
        ("off", "poweroff; sleep 600"),
    ] {
        let args = ["job", "submit", "--id", id, "--", "sh", "-c", script];
        cloud.run_args(0, &args, "");
        let shown = || cloud.run(0, &format!("job show {id}")).stdout;
        let mut text = shown();
        // It waits for half a minute after its first machine was requested.
        for _ in 0..20 {
            if text.contains(waits) {
                break;
            }
            cloud.run(124, &format!("job wait {id} --timeout 1s"));
            text = shown();
        }
        assert!(text.contains(waits), "{text}");
        assert!(text.contains("1 lost (1 for no known reason)"), "{text}");
        cloud.run(0, &format!("job cancel {id}"));
        cloud.run(130, &format!("job wait {id} --timeout 60s"));
    }
}

#[test]
fn two_starts_at_once_leave_one_local_cloud() {
    let cloud = LocalCloud::not_started("twice");
    let start = || {
        let mut command = cloud.command(&["local", "--empty", "--detach", "--port", "0"]);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().expect("the program runs")
    };
    let ended = [start(), start()].map(|child| child.wait_with_output().expect("it ends"));
    let (started, refused): (Vec<_>, Vec<_>) = ended.iter().partition(|it| it.status.success());
    assert_eq!((started.len(), refused.len()), (1, 1), "{ended:?}");
    let reason = String::from_utf8_lossy(&refused[0].stderr);
    assert!(reason.contains("already running"), "{reason}");
    cloud.run(0, "local status");
}
