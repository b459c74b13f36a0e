//! `groundcrew access record`.

use crate::local_cloud::{LocalCloud, Printed};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

/// How the scripts below call an API: `post URL BODY`.
const POST: &str = r#"
post() {
    curl -sSf -H "Authorization: Bearer $(cat "$CLOUDSDK_AUTH_ACCESS_TOKEN_FILE")" \
        -H 'Content-Type: application/json' --data-binary "$2" "$1"
}
pubsub=https://pubsub.googleapis.com/v1/projects/$GOOGLE_CLOUD_PROJECT
storage=https://storage.googleapis.com
"#;

/// Publishes a message, and writes an object of this name.
fn publishes(object: &str) -> String {
    format!(
        "post $pubsub/topics/events:publish '{{\"messages\":[{{\"data\":\"eA==\"}}]}}' >&2\n\
         post \"$storage/upload/storage/v1/b/recorded/o?uploadType=media&name={object}\" x >&2\n"
    )
}

fn script(cloud: &LocalCloud, options: &str, code: i32, script: &str) -> Printed {
    let path = cloud.folder().join("script.sh");
    fs::write(&path, format!("set -e\n{POST}\n{script}")).expect("written");
    let path = path.to_str().expect("UTF-8");
    let words = options.split(' ').chain(["--", "sh", path]);
    let args: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    cloud.run_args(code, &args, "")
}

/// With the topic and the bucket of [`publishes`].
fn start(name: &str) -> LocalCloud {
    let cloud = LocalCloud::start(name);
    let make = "post $storage/storage/v1/b?project=$GOOGLE_CLOUD_PROJECT '{\"name\":\"recorded\"}'
        curl -sSf -X PUT -H 'Content-Type: application/json' -d '{}' \\
            -H \"Authorization: Bearer $(cat $CLOUDSDK_AUTH_ACCESS_TOKEN_FILE)\" \\
            $pubsub/topics/events";
    script(&cloud, "local exec", 0, make);
    cloud
}

/// Asserts that nothing is left of the recordings.
fn assert_clean(cloud: &LocalCloud) {
    let look = "
        iam=https://iam.googleapis.com/v1/projects/$GOOGLE_CLOUD_PROJECT
        for kind in serviceAccounts roles; do
            curl -sSf -H \"Authorization: Bearer $(cat $CLOUDSDK_AUTH_ACCESS_TOKEN_FILE)\" $iam/$kind
        done
        for project in $GOOGLE_CLOUD_PROJECT customer-project; do
            post https://cloudresourcemanager.googleapis.com/v3/projects/$project:getIamPolicy \\
                '{\"options\":{\"requestedPolicyVersion\":3}}'
        done";
    let seen = script(cloud, "local exec", 0, look).stdout;
    assert!(seen.contains("roles/owner"), "{seen}");
    for trace in ["access-", "accessRecord", "auditConfigs"] {
        assert!(!seen.contains(trace), "{trace} in {seen}");
    }
    let files = fs::read_dir(cloud.folder()).expect("a folder");
    let names: Vec<_> = files
        .map(|file| file.expect("a file").file_name())
        .collect();
    let left = |name: &&std::ffi::OsString| name.to_string_lossy().starts_with("access-");
    assert_eq!(names.iter().find(left), None);
}

#[test]
fn each_example_prints_exactly_the_role_that_was_needed() {
    let cloud = start("record");
    let path = cloud.folder().join("publish.sh");
    fs::write(&path, format!("set -e\n{POST}\n{}", publishes("o-$$"))).expect("written");
    let help = cloud.run(0, "access record --help").stdout;
    let examples = help.lines().map(str::trim);
    let examples: Vec<&str> = examples
        .filter_map(|line| line.strip_prefix("groundcrew "))
        .collect();
    assert_eq!(examples.len(), 3, "{help}");
    for example in examples {
        let example = example.split(" > ").next().expect("a command");
        let example = example.replace("publish.sh", path.to_str().expect("UTF-8"));
        let Printed { stdout, stderr } = cloud.run(0, &example);
        let permissions = ["pubsub.topics.publish", "storage.objects.create"];
        if example.contains("--json") {
            let report: Value = serde_json::from_str(&stdout).expect("JSON");
            assert_eq!(report["role"]["includedPermissions"], json!(permissions));
            assert_eq!(report["granted"][0]["calls"], 1);
            assert_eq!(report["complete"], true);
            continue;
        }
        let title = stdout.lines().next().expect("a title");
        assert!(title.starts_with("title: Access of sh "), "{stdout}");
        let [first, second] = permissions;
        assert!(
            stdout.ends_with(&format!(
                "\nstage: GA\nincludedPermissions:\n- {first}\n- {second}\n"
            )),
            "{stdout}"
        );
        let used = "pubsub.topics.publish   projects/groundcrew-local/topics/events";
        assert!(stderr.contains(used), "{stderr}");
        let says = "with this role only, the command exits with 0";
        assert_eq!(
            stderr.contains(says),
            example.contains("--enforce"),
            "{stderr}"
        );
    }
    assert_clean(&cloud);
}

#[test]
fn a_command_that_needs_more_the_second_time_is_refused_it() {
    let cloud = start("enforce");
    // It replaces the object then, which takes another permission.
    let refused = script(&cloud, "access record --enforce", 22, &publishes("same"));
    let lines = refused.stderr.lines();
    let lines: Vec<&str> = lines.skip_while(|line| *line != "refused then:").collect();
    assert!(
        lines
            .iter()
            .any(|line| line.contains("storage.objects.delete")),
        "{lines:?}"
    );
    assert!(
        !refused.stdout.contains("storage.objects.delete"),
        "{}",
        refused.stdout
    );
    assert_clean(&cloud);
}

#[test]
fn what_is_used_and_not_needed_is_left_out_on_request() {
    let cloud = start("minimal");
    let tries = "curl -sSf -H \"Authorization: Bearer $(cat $CLOUDSDK_AUTH_ACCESS_TOKEN_FILE)\" \\
        $storage/storage/v1/b/recorded >&2 || true\n";
    let both = format!("{tries}{}", publishes("o-$$"));
    let whole = script(&cloud, "access record", 0, &both).stdout;
    assert!(whole.contains("storage.buckets.get"), "{whole}");
    let least = script(&cloud, "access record --minimal --enforce", 0, &both);
    let role = "includedPermissions:\n- pubsub.topics.publish\n- storage.objects.create\n";
    assert!(least.stdout.ends_with(role), "{}", least.stdout);
    let says = "used, and not needed: storage.buckets.get";
    assert!(least.stderr.contains(says), "{}", least.stderr);
    let (_, last) = least
        .stderr
        .split_once("refused then:")
        .expect("the bucket is");
    assert!(last.contains("storage.buckets.get"), "{last}");
    assert!(!last.contains("storage.objects.create"), "{last}");
    let fails = script(&cloud, "access record --minimal", 255, "exit 3").stderr;
    assert!(fails.contains("the command exits with 3"), "{fails}");
    assert_clean(&cloud);
}

/// The exit code of a recording that is terminated while its command runs.
fn terminated(cloud: &LocalCloud) -> Option<i32> {
    let begun = "echo begun >&2; exec sleep 60";
    let mut record = cloud
        .command(&["access", "record", "--enforce", "--", "sh", "-c", begun])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let stderr = BufReader::new(record.stderr.take().expect("piped"));
    let mut lines = stderr.lines().map_while(Result::ok);
    assert!(lines.any(|line| line == "begun"));
    let kill = Command::new("kill").arg(record.id().to_string()).status();
    assert!(kill.expect("kill runs").success());
    record.wait().expect("it ends").code()
}

#[test]
fn the_exit_code_is_the_commands_and_nothing_is_left_of_it() {
    let cloud = LocalCloud::start("exit");
    let none = cloud.run_args(7, &["access", "record", "--", "sh", "-c", "exit 7"], "");
    assert!(
        none.stdout.ends_with("includedPermissions: []\n"),
        "{}",
        none.stdout
    );
    assert!(
        none.stderr.contains("no permission was needed"),
        "{}",
        none.stderr
    );
    let error = cloud.run(255, "access record -- nonesuch-program").stderr;
    assert!(error.contains("cannot run nonesuch-program"), "{error}");
    let program = env!("CARGO_BIN_EXE_groundcrew");
    let nested = [
        "access", "record", "--", program, "access", "record", "--", "true",
    ];
    let error = cloud.run_args(255, &nested, "").stderr;
    assert!(error.contains("another recording is running"), "{error}");

    assert_eq!(terminated(&cloud), Some(128 + 15));
    assert_clean(&cloud);
}

#[test]
fn a_local_cloud_is_started_if_none_is_running() {
    let cloud = LocalCloud::not_started("embedded");
    let list = "curl -sSf -H \"Authorization: Bearer $(cat $CLOUDSDK_AUTH_ACCESS_TOKEN_FILE)\" \
                $pubsub/topics >&2";
    let recorded = script(&cloud, "access record --enforce", 0, list);
    let role = "includedPermissions:\n- pubsub.topics.list\n";
    assert!(recorded.stdout.ends_with(role), "{}", recorded.stdout);
    cloud.run(1, "local status");
    assert_eq!(terminated(&cloud), Some(128 + 15));
    cloud.run(1, "local status");
}
