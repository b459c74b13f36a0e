//! `groundcrew account`, from outside, on a local cloud.

use account::{INSTANCE_ROLE, RESOURCE_MANAGER_ROLE, Spec};
use groundcrew::deployment::{Deployment, project, roles};
use jobs::calls::Identity;
use plan::Resource;
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

/// A folder of this test's own, and the local cloud in it, which ends with it.
struct Desk(PathBuf);

impl Desk {
    fn new(name: &str) -> Self {
        let name = format!("groundcrew-account-{}-{name}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    fn run(&self, words: &[&str], input: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_groundcrew"))
            .args(words)
            .env("GROUNDCREW_RUN", &self.0)
            .env_remove("RUST_LOG")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let mut stdin = child.stdin.take().expect("piped");
        // Whoever does not ask may have ended.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        child.wait_with_output().expect("it ends")
    }

    /// A local cloud in the background.
    fn cloud(&self) {
        // Its output would stay open as long as the cloud runs.
        let up = Command::new(env!("CARGO_BIN_EXE_groundcrew"))
            .args(["local", "--detach", "--port", "0"])
            .env("GROUNDCREW_RUN", &self.0)
            .stdout(Stdio::null())
            .status();
        assert!(up.expect("runs").success());
    }

    /// As [`Desk::said`], of `account …`.
    fn account(&self, code: i32, words: &str, input: &str) -> (String, String) {
        self.said(code, &format!("account {words}"), input)
    }

    /// Standard output and standard error of a command, if it exits with `code`.
    fn said(&self, code: i32, words: &str, input: &str) -> (String, String) {
        let words: Vec<&str> = words.split(' ').collect();
        let output = self.run(&words, input);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, said) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(
            output.status.code(),
            Some(code),
            "{words:?} said\n{out}\nand\n{said}"
        );
        (out, said)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.run(&["local", "stop"], "");
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_project_from_empty_to_empty() {
    let desk = Desk::new("circle");
    let project = "--project customer-project";
    let of = |command: &str| format!("{command} {project}");
    let (_, said) = desk.account(1, &of("plan"), "");
    assert!(said.contains("no local cloud runs"), "{said}");
    desk.cloud();

    let (plan, said) = desk.account(0, &of("plan"), "");
    assert_eq!(said, "", "it changes nothing");
    assert!(
        plan.contains("\n+      role projects/customer-project/roles/groundcrewInstance\n"),
        "{plan}"
    );
    assert!(plan.trim_end().ends_with("unchanged"), "{plan}");
    let (status, _) = desk.account(0, &of("status"), "");
    assert!(
        status.contains("not set up") && status.contains("none to serviceAccount:"),
        "{status}"
    );

    let (done, said) = desk.account(0, &of("apply"), "");
    assert!(
        said.starts_with("local cloud at http://127.0.0.1:"),
        "{said}"
    );
    assert!(
        said.contains("bucket customer-project-groundcrew: made"),
        "{said}"
    );
    assert!(done.trim_end().ends_with(" made"), "{done}");
    assert_eq!(desk.account(0, &of("drift"), "").0, "no drift\n");
    let (status, _) = desk.account(0, &of("status --json"), "");
    let status: Value = serde_json::from_str(&status).expect("JSON");
    assert_eq!(
        (&status["setup"], &status["access"]),
        (&"set up".into(), &"granted".into())
    );

    let (revoked, said) = desk.account(0, &of("revoke --fast"), "");
    assert!(said.starts_with("local cloud at"), "{said}");
    assert!(
        revoked
            .contains("groundcrew-instances@customer-project.iam.gserviceaccount.com is disabled")
    );
    let (drift, _) = desk.account(2, &of("drift"), "");
    assert!(drift.contains("disabled: \"true\" -> \"false\""), "{drift}");
    assert_eq!(drift.matches("grants: +").count(), 2, "{drift}");
    let (status, _) = desk.account(0, &of("status"), "");
    assert!(status.contains("none to serviceAccount:"), "{status}");
    let (done, _) = desk.account(0, &of("apply"), "");
    assert!(done.contains("3 changed"), "{done}");

    let (_, said) = desk.account(1, &of("delete"), "yes\n");
    assert!(said.contains("nothing was deleted"), "{said}");
    assert_eq!(desk.account(0, &of("drift"), "").0, "no drift\n");
    let (_, said) = desk.account(0, &of("delete"), "customer-project-groundcrew\n");
    assert!(
        said.contains("cryptoKeys/secrets: retained until 2"),
        "{said}"
    );
    // Its record went with the bucket: what Google keeps is known by its marks.
    let (again, said) = desk.account(0, &of("delete --yes"), "");
    assert!(again.contains("2 retained"), "{again}{said}");
}

#[test]
fn the_ledger_follows_what_is_asked_for_and_what_is_done() {
    let desk = Desk::new("ledger");
    desk.cloud();
    let of = |command: &str| format!("{command} --project customer-project");
    let known = || {
        let (list, _) = desk.account(0, "list --json", "");
        let list: Value = serde_json::from_str(&list).expect("JSON");
        list[0].clone()
    };
    assert_eq!(known(), Value::Null);
    let (done, said) = desk.account(0, &of("request"), "");
    assert_eq!(done, "customer-project is ready\n", "{said}");
    assert_eq!(known()["project"], "customer-project");
    assert_eq!(known()["state"], "ready");
    assert_eq!(desk.account(0, &of("drift"), "").0, "no drift\n");
    // What is as it should be is heard of as well.
    desk.account(0, &of("request"), "");

    let spec = desk.0.join("groundcrew.yaml");
    let with = format!("request --spec {}", spec.display());
    for (line, says) in [
        ("ssh_key: key", "groundcrew account apply --ssh-key FILE"),
        ("bucket: other-bucket", "holds the deployment default"),
    ] {
        let text = format!("project: customer-project\n{line}\n");
        fs::write(&spec, text).expect("writable");
        let (_, said) = desk.account(1, &with, "");
        assert!(said.contains(says), "{said}");
    }
    let other = with.replace("request", "apply");
    let (_, said) = desk.account(1, &other, "");
    assert!(said.contains("nothing was changed: "), "{said}");
    let (_, said) = desk.account(1, &of("request --ssh-key key"), "");
    assert!(said.contains("an event carries no secret"), "{said}");

    let (_, said) = desk.account(0, &of("delete --yes"), "");
    assert!(!said.contains("ledger"), "{said}");
    assert!(!said.contains("run after"), "the sweep does it: {said}");
    let after = known();
    assert_eq!(after["state"], "retained", "{after}");
    let until = after["retained"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|kept| kept["until"].as_str())
        .max()
        .expect("the key's time");
    assert_eq!(after["due"], until, "{after}");
    let (table, _) = desk.account(0, "list", "");
    assert!(table.starts_with("PROJECT"), "{table}");
    assert!(
        table.contains(until) && table.contains("retained"),
        "{table}"
    );

    desk.account(0, &of("apply"), "");
    let after = known();
    assert_eq!(
        (&after["state"], &after["due"]),
        (&"ready".into(), &Value::Null)
    );
}

#[test]
fn a_volume_comes_and_goes() {
    let desk = Desk::new("volume");
    desk.cloud();
    let of = |command: &str| format!("volume {command} --project customer-project");
    let (_, said) = desk.said(1, &of("create data"), "");
    assert!(said.contains("groundcrew account apply"), "{said}");
    desk.account(0, "apply --project customer-project", "");
    let (done, said) = desk.said(0, &of("create data"), "");
    assert!(
        said.contains("folder customer-project-groundcrew/volumes/data/: made"),
        "{said}"
    );
    assert!(!done.contains("key-ring"), "only what concerns it: {done}");
    let (again, _) = desk.said(0, &of("create data"), "");
    assert!(again.contains("8 as they should be"), "{again}");
    let (list, _) = desk.said(0, &of("list"), "");
    let account = "gc-volume-data@customer-project.iam.gserviceaccount.com";
    assert!(list.starts_with("NAME") && list.contains(account), "{list}");
    let (list, _) = desk.said(0, &of("list --json"), "");
    let list: Value = serde_json::from_str(&list).expect("JSON");
    assert_eq!(
        list[0]["data"],
        "gs://customer-project-groundcrew/volumes/data/data/"
    );
    let (plan, _) = desk.account(0, "drift --project customer-project", "");
    assert_eq!(plan, "no drift\n");

    let (_, said) = desk.said(1, &of("delete data"), "yes\n");
    assert!(said.contains("nothing was deleted"), "{said}");
    let (_, said) = desk.said(0, &of("delete data"), "data\n");
    assert!(said.contains(&format!("account {account}: gone")), "{said}");
    let (_, said) = desk.said(0, &of("delete data --yes"), "");
    assert!(said.contains("there is no volume data"), "{said}");
    let (list, said) = desk.said(0, &of("list"), "");
    assert!(
        list.is_empty() && said.contains("no volumes"),
        "{list}{said}"
    );
}

#[test]
fn a_spec_that_is_wrong_is_named() {
    let desk = Desk::new("spec");
    let file = desk.0.join("groundcrew.yaml");
    let spec = file.display().to_string();
    for (text, says) in [
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
        let words = format!("plan --project customer-project --spec {spec}");
        let (_, said) = desk.account(1, &words, "");
        assert!(said.contains(says) && said.contains(&spec), "{said}");
    }
    let (_, said) = desk.account(1, "plan --spec nowhere.yaml", "");
    assert!(said.contains("cannot read nowhere.yaml"), "{said}");
}

/// No cloud runs: what is wrong with a key is said before any is looked for.
#[test]
fn an_ssh_key_that_cannot_be_taken_is_named_and_nothing_is_done() {
    let desk = Desk::new("key");
    let write = |name: &str, bytes: &[u8]| {
        let file = desk.0.join(name);
        fs::write(&file, bytes).expect("writable");
        file.display().to_string()
    };
    let begin = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
    let mut long = begin.as_bytes().to_vec();
    long.resize(65_537, b'x');
    let long = write("long", &long);
    let public = write("public.pub", b"ssh-ed25519 AAAA them@example.com\n");
    let nowhere = desk.0.join("nowhere").display().to_string();
    let cases = [
        (&long, ["65537 bytes", "at most 65536"]),
        (&public, ["is no private SSH key", "PRIVATE KEY-----"]),
        (&nowhere, ["cannot read the SSH key", "No such file"]),
    ];
    let refused = |words: &str, file: &str, says: [&str; 2]| {
        let (out, said) = desk.account(1, words, "");
        assert_eq!(out, "");
        assert!(said.contains(file), "{said}");
        assert!(says.iter().all(|part| said.contains(part)), "{said}");
        assert!(!said.contains("local cloud"), "{said}");
    };
    let spec = desk.0.join("groundcrew.yaml");
    for (file, says) in cases {
        let words = format!("apply --project customer-project --ssh-key {file}");
        refused(&words, file, says);
        let text = format!("project: customer-project\nssh_key: {file}\n");
        fs::write(&spec, text).expect("writable");
        refused(&format!("apply --spec {}", spec.display()), file, says);
    }
    // One that can be taken gets as far as to the cloud that is not there.
    let short = write("short", begin.as_bytes());
    let words = format!("apply --project customer-project --ssh-key {short}");
    let (_, said) = desk.account(1, &words, "");
    assert!(said.contains("no local cloud runs"), "{said}");
}

#[test]
fn the_roles_of_a_set_up_project_permit_exactly_what_the_job_flow_calls() {
    let mut deployment = Deployment::local();
    let key = "projects/demo-project/locations/us-central1/keyRings/r/cryptoKeys/secrets";
    deployment.settings.key = key.parse().ok();
    let settings = project::settings(&deployment);
    let spec = Spec::of(deployment.settings.project.clone());
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
            let all = roles(&deployment).into_iter();
            let mut of = all.filter(|role| role.identity == *identity && role.scope.kind == *kind);
            let permissions = of.next().expect("one").permissions;
            needed.extend(permissions.iter().map(|&p| p.to_owned()));
        }
        assert_eq!(permitted(role), needed, "{role}");
    }
}
