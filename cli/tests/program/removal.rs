//! What `account delete` and `revoke` refuse or report, and access that others gave.

use crate::local_cloud::LocalCloud;
use gcp::{Client, Endpoints, ReqwestTransport, credentials::StaticToken, policy};
use groundcrew::local::Registration;
use names::ProjectId;
use runtime::SystemClock;
use serde_json::Value;
use std::{fs, sync::Arc};

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn a_spec_with_another_bucket_removes_nothing() {
    let cloud = LocalCloud::start("bucket");
    let of = |command: &str| format!("account {command} --project customer-project");
    cloud.run(0, &of("request"));
    let spec = cloud.folder().join("groundcrew.yaml");
    let recorded = "`bucket:` is other-bucket, but customer-project-groundcrew is recorded";
    fs::write(&spec, "project: customer-project\nbucket: other-bucket\n").expect("writable");
    for (command, nothing) in [
        ("delete --yes", "nothing was deleted"),
        ("revoke --fast", "nothing was revoked"),
        ("apply", "`bucket:` is other-bucket"),
    ] {
        let line = format!("account {command} --spec {}", spec.display());
        let stderr = cloud.run(1, &line).stderr;
        assert!(stderr.contains(nothing), "{command}: {stderr}");
        assert!(stderr.contains(recorded), "{command}: {stderr}");
    }
    assert_eq!(cloud.run(0, &of("drift")).stdout, "no drift\n");
    let list = json(&cloud.run(0, "account list --json").stdout);
    assert_eq!(list[0]["state"], "ready", "{list}");
}

#[test]
fn a_project_is_not_deleted_under_its_machines_and_revoke_names_them() {
    let cloud = LocalCloud::start("machines");
    cloud.run(0, "job submit --id endless -- sleep 1000");
    let running = || cloud.run(0, "job list --state running --json").stdout != "[]\n";
    let mut attempts = 0;
    while !running() {
        attempts += 1;
        assert!(attempts < 120, "the job does not start");
        cloud.run(124, "job wait endless --timeout 1s");
    }
    let of = |command: &str| format!("account {command} --project demo-project");
    let stderr = cloud.run(1, &of("delete --yes")).stderr;
    for part in ["of the job endless", "groundcrew job cancel"] {
        assert!(stderr.contains(part), "{stderr}");
    }
    assert_eq!(cloud.run(0, &of("drift")).stdout, "no drift\n");
    let printed = cloud.run(0, &of("revoke"));
    let line = "still runs, and costs money: gc-endless";
    assert!(printed.stdout.contains(line), "{}", printed.stdout);
    let command = "gcloud compute instances delete gc-endless";
    assert!(printed.stderr.contains(command), "{}", printed.stderr);
    let revoked = json(&cloud.run(0, &of("revoke --json")).stdout);
    assert_eq!(revoked["machines"][0]["job"], "endless", "{revoked}");
    assert_eq!(revoked["errors"], Value::Array(Vec::new()), "{revoked}");
}

#[test]
fn access_that_others_gave_is_drift_and_is_kept() {
    let cloud = LocalCloud::start("surplus");
    let of = |command: &str| format!("account {command} --project customer-project");
    cloud.run(0, &of("apply"));
    let status = || json(&cloud.run(0, &of("status --json")).stdout);
    assert_eq!(status()["access"], "granted");
    give_more(&cloud, "customer-project", "roles/viewer");
    let drift = cloud.run(2, &of("drift"));
    let surplus = "grants: surplus roles/viewer to serviceAccount:resource-manager@";
    assert!(drift.stdout.contains(surplus), "{}", drift.stdout);
    assert!(
        drift.stderr.contains("remove what nobody needs"),
        "{}",
        drift.stderr
    );
    let status = status();
    assert_eq!(status["setup"], "drifted", "{status}");
    assert!(
        status["access"]
            .as_str()
            .is_some_and(|text| text.contains("more")),
        "{status}"
    );
    let applied = cloud.run(0, &of("apply"));
    assert!(
        applied.stdout.ends_with(" unchanged\n"),
        "{}",
        applied.stdout
    );
    assert!(
        applied.stderr.contains("roles/viewer to"),
        "{}",
        applied.stderr
    );
    let revoked = cloud.run(1, &of("revoke"));
    assert!(
        revoked.stderr.contains("roles/viewer to"),
        "{}",
        revoked.stderr
    );
}

/// Grants the resource manager one more role in `project`, as its owner.
fn give_more(cloud: &LocalCloud, project: &str, role: &str) {
    let file = fs::read(cloud.folder().join("local.json")).expect("it runs");
    let local: Registration = serde_json::from_slice(&file).expect("a registration");
    let token = fs::read_to_string(&local.token_file).expect("a token");
    let client = Client::new(
        Arc::new(ReqwestTransport::new().expect("a client")),
        Arc::new(StaticToken::new(token.trim())),
        Endpoints::local(&local.url),
        Arc::new(SystemClock),
    );
    let project: ProjectId = project.parse().expect("an ID");
    let member = format!(
        "serviceAccount:resource-manager@{}.iam.gserviceaccount.com",
        local.home
    );
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut granted = client.policy(&project).await.expect("readable");
        assert!(policy::merge(&mut granted, role, &member, None));
        client
            .set_policy(&project, &granted)
            .await
            .expect("writable");
    });
}
