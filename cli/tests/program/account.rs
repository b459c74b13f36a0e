//! `groundcrew account`.

use crate::local_cloud::{LocalCloud, Printed};
use account::{INSTANCE_ROLE, RESOURCE_MANAGER_ROLE, Spec};
use deployment::{Deployment, project_settings, roles};
use jobs::Identity;
use names::Internet;
use plan::Resource;
use serde_json::Value;
use std::{collections::BTreeSet, fs};

#[test]
fn a_project_is_set_up_revoked_and_deleted() {
    let cloud = LocalCloud::not_started("account");
    let project = "--project customer-project";
    let of = |command: &str| format!("account {command} {project}");
    let stderr = cloud.run(1, &of("plan")).stderr;
    assert!(stderr.contains("no local cloud is running"), "{stderr}");
    cloud.run(0, "local --empty --detach --port 0");

    let Printed {
        stdout: plan,
        stderr,
    } = cloud.run(0, &of("plan"));
    assert_eq!(stderr, "", "a plan changes nothing");
    assert!(
        plan.contains("\n+      role projects/customer-project/roles/groundcrewInstance\n"),
        "{plan}"
    );
    assert!(plan.trim_end().ends_with("unchanged"), "{plan}");
    let status = cloud.run(0, &of("status")).stdout;
    assert!(
        status.contains("not set up") && status.contains("none to serviceAccount:"),
        "{status}"
    );

    let Printed {
        stdout: done,
        stderr,
    } = cloud.run(0, &of("apply"));
    assert!(
        stderr.starts_with("local cloud at http://127.0.0.1:"),
        "{stderr}"
    );
    assert!(
        stderr.contains("bucket customer-project-groundcrew: created"),
        "{stderr}"
    );
    assert!(done.trim_end().ends_with(" created"), "{done}");
    assert_eq!(cloud.run(0, &of("drift")).stdout, "no drift\n");
    let status = cloud.run(0, &of("status --json")).stdout;
    let status: Value = serde_json::from_str(&status).expect("JSON");
    assert_eq!(
        (&status["setup"], &status["access"]),
        (&"set up".into(), &"granted".into())
    );

    let Printed {
        stdout: revoked,
        stderr,
    } = cloud.run(0, &of("revoke --fast"));
    assert!(stderr.starts_with("local cloud at"), "{stderr}");
    assert!(
        revoked.contains("disabled groundcrew-instances@customer-project.iam.gserviceaccount.com")
    );
    let drift = cloud.run(2, &of("drift")).stdout;
    assert!(drift.contains("disabled: \"true\" -> \"false\""), "{drift}");
    assert_eq!(drift.matches("grants: +").count(), 2, "{drift}");
    let status = cloud.run(0, &of("status")).stdout;
    assert!(status.contains("none to serviceAccount:"), "{status}");
    let done = cloud.run(0, &of("apply")).stdout;
    assert!(done.contains("3 changed"), "{done}");

    let stderr = cloud.run_with_input(1, &of("delete"), "yes\n").stderr;
    assert!(stderr.contains("nothing was deleted"), "{stderr}");
    assert_eq!(cloud.run(0, &of("drift")).stdout, "no drift\n");
    let stderr = cloud
        .run_with_input(0, &of("delete"), "customer-project-groundcrew\n")
        .stderr;
    assert!(
        stderr.contains("cryptoKeys/secrets: retained until 2"),
        "{stderr}"
    );
    // The record was deleted with the bucket; the retained resources are
    // recognized by their labels.
    let Printed {
        stdout: again,
        stderr,
    } = cloud.run(0, &of("delete --yes"));
    assert!(again.contains("2 retained"), "{again}{stderr}");
}

#[test]
fn the_ledger_shows_requests_and_manual_runs() {
    let cloud = LocalCloud::start("ledger");
    let of = |command: &str| format!("account {command} --project customer-project");
    let deployment = || {
        let list = cloud.run(0, "account list --json").stdout;
        let list: Value = serde_json::from_str(&list).expect("JSON");
        list[0].clone()
    };
    assert_eq!(deployment(), Value::Null);
    let Printed {
        stdout: done,
        stderr,
    } = cloud.run(0, &of("request"));
    assert_eq!(done, "customer-project is ready\n", "{stderr}");
    assert_eq!(deployment()["project"], "customer-project");
    assert_eq!(deployment()["state"], "ready");
    assert_eq!(cloud.run(0, &of("drift")).stdout, "no drift\n");
    // The request of an unchanged project is recorded as well.
    cloud.run(0, &of("request"));

    let spec = cloud.folder().join("groundcrew.yaml");
    let with = format!("account request --spec {}", spec.display());
    for (line, message) in [
        ("ssh_key: key", "groundcrew account apply --ssh-key FILE"),
        ("bucket: other-bucket", "holds the deployment default"),
    ] {
        let text = format!("project: customer-project\n{line}\n");
        fs::write(&spec, text).expect("writable");
        let stderr = cloud.run(1, &with).stderr;
        assert!(stderr.contains(message), "{stderr}");
    }
    let other = with.replace("request", "apply");
    let stderr = cloud.run(1, &other).stderr;
    assert!(stderr.contains("nothing was changed: "), "{stderr}");
    let stderr = cloud.run(1, &of("request --ssh-key key")).stderr;
    assert!(stderr.contains("an event carries no secret"), "{stderr}");

    let stderr = cloud.run(0, &of("delete --yes")).stderr;
    assert!(!stderr.contains("ledger"), "{stderr}");
    assert!(
        !stderr.contains("run after"),
        "the sweep finishes it: {stderr}"
    );
    let after = deployment();
    assert_eq!(after["state"], "retained", "{after}");
    let until = after["retained"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|resource| resource["until"].as_str())
        .max()
        .expect("the key's time");
    assert_eq!(after["due"], until, "{after}");
    let table = cloud.run(0, "account list").stdout;
    assert!(table.starts_with("PROJECT"), "{table}");
    assert!(
        table.contains(until) && table.contains("retained"),
        "{table}"
    );

    cloud.run(0, &of("apply"));
    let after = deployment();
    assert_eq!(
        (&after["state"], &after["due"]),
        (&"ready".into(), &Value::Null)
    );
}

#[test]
fn errors_in_a_spec_are_reported() {
    let cloud = LocalCloud::not_started("spec");
    let file = cloud.folder().join("groundcrew.yaml");
    let spec = file.display().to_string();
    for (text, message) in [
        (
            "project: Customer\n",
            "project: project id \"Customer\" is not valid: 6 to 30",
        ),
        (
            "project: customer-project\nzone: x\n",
            "unknown field `zone`",
        ),
        ("project: other-project\n", "customer-project was requested"),
    ] {
        fs::write(&file, text).expect("writable");
        let words = format!("account plan --project customer-project --spec {spec}");
        let stderr = cloud.run(1, &words).stderr;
        assert!(
            stderr.contains(message) && stderr.contains(&spec),
            "{stderr}"
        );
    }
    let pipe = cloud.folder().join("pipe").display().to_string();
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo").success());
    for path in [&pipe, "/dev/zero"] {
        let stderr = cloud.run(1, &format!("account plan --spec {path}")).stderr;
        assert!(stderr.contains("not a regular file"), "{stderr}");
    }
    let stderr = cloud.run(1, "account plan --spec nowhere.yaml").stderr;
    assert!(stderr.contains("cannot read nowhere.yaml"), "{stderr}");
}

/// Made by `ssh-keygen` for this test.
const SSH_KEY: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\n\
    b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n\
    QyNTUxOQAAACAYi12x31Z7Fgu3NIy+D1ydi/f22efTXAwSuGFpUjxAvwAAAIiK2v4qitr+\n\
    KgAAAAtzc2gtZWQyNTUxOQAAACAYi12x31Z7Fgu3NIy+D1ydi/f22efTXAwSuGFpUjxAvw\n\
    AAAECjUbJs3k0ML4kb8z86vqZfQG7YVRxFDz0VB0l9yWF/fxiLXbHfVnsWC7c0jL4PXJ2L\n\
    9/bZ59NcDBK4YWlSPEC/AAAAAWMBAgME\n\
    -----END OPENSSH PRIVATE KEY-----\n";

/// No cloud is running: the key is checked before a cloud is looked for.
#[test]
fn an_invalid_ssh_key_is_rejected_before_any_call() {
    let cloud = LocalCloud::not_started("key");
    let write = |name: &str, bytes: &[u8]| {
        let file = cloud.folder().join(name);
        fs::write(&file, bytes).expect("writable");
        file.display().to_string()
    };
    let begin = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
    let mut long = begin.as_bytes().to_vec();
    long.resize(65_537, b'x');
    let long = write("long", &long);
    let public = write("public.pub", b"ssh-ed25519 AAAA them@example.com\n");
    let cut = write("cut", &SSH_KEY.as_bytes()[..300]);
    let pipe = cloud.folder().join("pipe").display().to_string();
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo").success());
    let nowhere = cloud.folder().join("nowhere").display().to_string();
    let invalid = [
        (&long, ["65537 bytes", "at most 65536"]),
        (&public, ["is not a private SSH key", "PRIVATE KEY-----"]),
        (&nowhere, ["cannot read the SSH key", "No such file"]),
        (&cut, ["jobs cannot use the SSH key", "cut off or damaged"]),
        (&pipe, ["cannot read the SSH key", "not a regular file"]),
    ];
    let rejected = |words: &str, file: &str, messages: [&str; 2]| {
        let Printed { stdout, stderr } = cloud.run(1, words);
        assert_eq!(stdout, "");
        assert!(stderr.contains(file), "{stderr}");
        assert!(
            messages.iter().all(|part| stderr.contains(part)),
            "{stderr}"
        );
        assert!(!stderr.contains("local cloud"), "{stderr}");
    };
    let spec = cloud.folder().join("groundcrew.yaml");
    for (file, messages) in invalid {
        let words = format!("account apply --project customer-project --ssh-key {file}");
        rejected(&words, file, messages);
        let text = format!("project: customer-project\nssh_key: {file}\n");
        fs::write(&spec, text).expect("writable");
        rejected(
            &format!("account apply --spec {}", spec.display()),
            file,
            messages,
        );
    }
    // A valid key is accepted, and the missing cloud is reported.
    let valid = write("valid", SSH_KEY.replace('\n', "\r\n").as_bytes());
    let words = format!("account apply --project customer-project --ssh-key {valid}");
    let stderr = cloud.run(1, &words).stderr;
    assert!(stderr.contains("no local cloud is running"), "{stderr}");
}

#[test]
fn the_roles_of_a_set_up_project_permit_exactly_what_the_job_flow_calls() {
    let mut deployment = Deployment::local();
    let key = "projects/demo-project/locations/us-central1/keyRings/r/cryptoKeys/secrets";
    deployment.settings.key = key.parse().ok();
    for internet in [Internet::None, Internet::Address] {
        deployment.settings.internet = internet;
        roles_permit_what_is_called(&deployment);
    }
}

fn roles_permit_what_is_called(deployment: &Deployment) {
    let settings = project_settings(deployment);
    let mut spec = Spec::of(deployment.settings.project.clone());
    spec.internet = deployment.settings.internet;
    let manifest = account::manifest(&spec, &settings);
    let permitted = |id: &str| {
        let role = |resource: &Resource| {
            let Resource::Role(role) = resource else {
                return None;
            };
            (role.name.id() == id).then(|| role.permissions.clone())
        };
        manifest.resources().find_map(role).expect("there")
    };
    // The job functions have the instances' role, too, in the folder of jobs.
    let resource_manager = [(Identity::ResourceManager, "project")];
    let instances = [
        (Identity::Instances, "bucket"),
        (Identity::Instances, "key"),
        (Identity::JobQueued, "bucket"),
        (Identity::JobChanged, "bucket"),
        (Identity::MaintenanceNoticed, "bucket"),
    ];
    let callers: [(&str, &[(Identity, &str)]); 2] = [
        (RESOURCE_MANAGER_ROLE, &resource_manager),
        (INSTANCE_ROLE, &instances),
    ];
    for (role, callers) in callers {
        let mut needed = BTreeSet::new();
        for (identity, kind) in callers {
            let all = roles(deployment).into_iter();
            let mut of = all.filter(|role| role.identity == *identity && role.scope.kind == *kind);
            let permissions = of.next().expect("one").permissions;
            needed.extend(permissions.iter().map(|&p| p.to_owned()));
        }
        assert_eq!(permitted(role), needed, "{role}");
    }
}
