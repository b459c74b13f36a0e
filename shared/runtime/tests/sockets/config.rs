//! What a function's process says of itself, and of its configuration.

use crate::server::example;
use serde_json::{Value, json};
use std::process::Output;

fn hello(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = example("hello");
    let command = command.args(arguments).envs(variables.iter().copied());
    command.output().expect("it ran")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const OFF: (&str, &str) = ("GROUNDCREW_PUSH_AUTH", "off");
const GREETING: (&str, &str) = ("GREETING", "good morning");

#[test]
fn a_check_names_every_fault_and_serves_nothing() {
    let faulty = hello(&["--check"], &[("PORT", "http")]);
    assert_eq!(faulty.status.code(), Some(1));
    let faults = text(&faulty.stderr);
    let names: Vec<_> = faults
        .lines()
        .map(|line| line.split([':', ' ']).next().unwrap_or_default())
        .collect();
    let expected = [
        "PORT",
        "GROUNDCREW_PUSH_ACCOUNT",
        "GROUNDCREW_PUSH_AUDIENCE",
        "GREETING",
    ];
    assert_eq!(names, expected, "{faults}");
    let good = hello(&["--check"], &[OFF, GREETING]);
    assert_eq!(
        (good.status.code(), text(&good.stderr)),
        (Some(0), String::new())
    );
}

#[test]
fn on_cloud_run_nothing_starts_without_authentication() {
    let refused = hello(&[], &[OFF, GREETING, ("K_SERVICE", "hello"), ("PORT", "0")]);
    assert_eq!(refused.status.code(), Some(1));
    let fault = text(&refused.stderr);
    assert_eq!(
        fault.trim(),
        "GROUNDCREW_PUSH_AUTH: off is refused on Cloud Run"
    );
}

#[test]
fn help_has_every_variable_with_default_and_meaning() {
    let help = hello(&["--help"], &[]);
    assert!(help.status.success());
    let help = text(&help.stdout);
    let row = |name: &str| {
        let row = help.lines().find(|line| line.starts_with(name));
        row.unwrap_or_else(|| panic!("no {name} in {help}"))
            .to_owned()
    };
    assert!(row("GREETING ").contains("(required)  "));
    assert!(row("GREETING ").ends_with("what guests are told"));
    assert!(row("PORT ").contains(" 8080 "));
    assert!(row("GROUNDCREW_DEAD_LETTER_TOPIC ").contains("(none)"));
    for variable in runtime::Settings::VARIABLES {
        assert!(row(variable.name).ends_with(variable.meaning));
    }
    assert_eq!(hello(&["--halp"], &[]).status.code(), Some(2));
}

#[test]
fn describe_prints_json() {
    let topic = "projects/demo-project/topics/dead";
    let variables = [("GROUNDCREW_DEAD_LETTER_TOPIC", topic)];
    let described = hello(&["--describe"], &variables);
    assert!(described.status.success());
    let about: Value = serde_json::from_slice(&described.stdout).expect("JSON");
    assert_eq!(about["function"], "hello");
    assert_eq!(about["identity"], "hello");
    assert_eq!(about["triggers"], json!([]));
    let grant = json!({
        "resource": format!("//pubsub.googleapis.com/{topic}"),
        "permissions": ["pubsub.topics.publish"],
    });
    assert_eq!(about["permissions"], json!([grant]));
    // The least of 60 s, Pub/Sub's 10 s and Cloud Run's 300 s.
    assert_eq!(about["time_seconds"], 10);
    let greeting = &about["variables"][0];
    assert_eq!(greeting["name"], "GREETING");
    assert_eq!(greeting["required"], true);
}
