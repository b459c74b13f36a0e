//! `groundcrew local` and `groundcrew job`.

use crate::local_cloud::LocalCloud;
use serde_json::Value;

#[test]
fn a_job_from_submission_to_deletion() {
    let cloud = LocalCloud::not_started("job");
    let error = cloud.run(1, "job list").stderr;
    assert!(error.contains("groundcrew local --detach"), "{error}");
    cloud.run(1, "local status");

    let started = cloud.run(0, "local --detach --port 0").stdout;
    let url = started
        .split_whitespace()
        .find(|word| word.starts_with("http://"))
        .expect("a URL");
    let error = cloud.run(1, "local --port 0").stderr;
    assert!(error.contains("groundcrew local stop"), "{error}");

    let env = cloud.run(0, "local env").stdout;
    assert!(env.lines().all(|line| line.starts_with("export ")), "{env}");
    let storage = format!("export STORAGE_EMULATOR_HOST={url}\n");
    assert!(env.contains(&storage), "{env}");

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
    cloud.run(0, "job cancel endless");
    cloud.run(130, "job wait endless --timeout 60s");

    cloud.run(0, "local stop");
    cloud.run(1, "local status");
}
