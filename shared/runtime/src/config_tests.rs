use super::*;
use crate::environment::variables_of;
use names::{EnvVar, Zone};
use std::collections::BTreeSet;

fn vars(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(own).collect()
}

fn settings(pairs: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
    read_from(vars(pairs), Settings::VARIABLES, Settings::faults).map_err(|e| e.faults)
}

fn names(faults: &[String]) -> Vec<&str> {
    let name = |fault: &'_ String| fault.find([':', ' ']).unwrap_or(fault.len());
    faults.iter().map(|fault| &fault[..name(fault)]).collect()
}

#[test]
fn all_faults_are_reported_together() {
    let faults = settings(&[
        ("PORT", "http"),
        ("GROUNDCREW_PUSH_ACCOUNT", "me"),
        ("GROUNDCREW_PUSH_AUDIENCE", "  "),
        ("GROUNDCREW_ACK_DEADLINE", "9"),
        ("GROUNDCREW_REQUEST_TIMEOUT", "1h"),
        ("GROUNDCREW_CONCURRENCY", "0"),
        ("PATH", "/bin"),
    ])
    .expect_err("faulty");
    assert_eq!(
        names(&faults),
        [
            "GROUNDCREW_PUSH_ACCOUNT",
            "GROUNDCREW_REQUEST_TIMEOUT",
            "PORT",
            "GROUNDCREW_PUSH_AUDIENCE",
            "GROUNDCREW_ACK_DEADLINE",
            "GROUNDCREW_CONCURRENCY",
        ],
        "{faults:#?}"
    );
    assert!(faults[0].contains("service account \"me\" is not valid"));
}

#[test]
fn faults_of_a_functions_own_configuration_are_reported_together() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Config {
        zone: Zone,
        fast: bool,
        kind: PushAuth,
        tries: u8,
    }
    let variables = [
        EnvVar::required("ZONE", "us-central1-a", "where"),
        EnvVar::required("FAST", "true", "how"),
        EnvVar::required("KIND", "on", "which"),
    ];
    let faults = read_from::<Config>(vars(&[("FAST", "maybe")]), &variables, |_| Vec::new())
        .expect_err("faulty")
        .faults;
    // TRIES has no example, so the list says that it may not be whole.
    assert_eq!(
        names(&faults),
        ["FAST", "KIND", "TRIES", "ZONE", "there"],
        "{faults:?}"
    );
}

#[test]
fn the_declared_variables_and_defaults_are_those_that_are_read() {
    let known: BTreeSet<_> = Settings::VARIABLES.iter().map(|v| v.name.into()).collect();
    let read: BTreeSet<String> = variables_of::<Settings>().into_iter().collect();
    assert_eq!(known, read);

    let on = [
        ("GROUNDCREW_PUSH_ACCOUNT", Settings::VARIABLES[1].example),
        ("GROUNDCREW_PUSH_AUDIENCE", "hello"),
    ];
    let without = settings(&on).expect("enough");
    let defaults = Settings::VARIABLES
        .iter()
        .filter_map(|v| Some((v.name, v.default?)));
    let with: Vec<_> = defaults.chain(on).collect();
    assert_eq!(settings(&with).expect("valid"), without);
    let examples: Vec<_> = Settings::VARIABLES
        .iter()
        .map(|v| (v.name, v.example))
        .collect();
    settings(&examples).expect("valid");
    let default = Settings {
        push_account: without.push_account.clone(),
        push_audience: without.push_audience.clone(),
        ..Settings::default()
    };
    assert_eq!(without, default);
    let limits = (
        default.ack_deadline.as_secs(),
        default.request_timeout.as_secs(),
    );
    assert_eq!(
        (default.port, limits, default.concurrency),
        (8080, (10, 300), 80)
    );
    assert_eq!(default.push_auth, PushAuth::On);
}

#[test]
fn authentication_is_on_by_default_and_cannot_be_off_on_cloud_run() {
    let off = ("GROUNDCREW_PUSH_AUTH", "off");
    assert_eq!(settings(&[]).expect_err("no account").len(), 2);
    assert_eq!(settings(&[off]).expect("on a laptop").port, 8080);
    let blank = [off, ("PORT", " ")];
    assert_eq!(
        settings(&blank).expect("a blank counts as unset").port,
        8080
    );
    assert_eq!(
        settings(&[off, ("K_SERVICE", "hello")]).expect_err("on Cloud Run"),
        ["GROUNDCREW_PUSH_AUTH: off is refused on Cloud Run"]
    );
    let unclear = settings(&[("GROUNDCREW_PUSH_AUTH", "no")]).expect_err("unclear");
    assert_eq!(names(&unclear)[0], "GROUNDCREW_PUSH_AUTH");
}

#[test]
fn some_variables_are_required_on_cloud_run_only() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Config {
        agent: Option<String>,
    }
    let variables = [EnvVar::required_on_cloud_run("AGENT", "a", "the agent")];
    let read =
        |pairs: &[(&str, &str)]| read_from::<Config>(vars(pairs), &variables, |_| Vec::new());
    let service = ("K_SERVICE", "job-queued");
    read(&[]).expect("on a laptop");
    read(&[service, ("AGENT", "a")]).expect("it is set");
    for missing in [&[service][..], &[service, ("AGENT", " ")]] {
        let fault = read(missing).expect_err("on Cloud Run").to_string();
        assert_eq!(fault, "AGENT is not set: the agent");
    }
}

#[test]
fn the_shortest_time_limit_counts_and_the_project_is_found() {
    let settings = settings(&[
        (
            "GROUNDCREW_PUSH_ACCOUNT",
            "push@other.iam.gserviceaccount.com",
        ),
        ("GROUNDCREW_PUSH_AUDIENCE", "hello"),
        ("GROUNDCREW_ACK_DEADLINE", "30"),
        ("GROUNDCREW_REQUEST_TIMEOUT", "20"),
    ])
    .expect("valid");
    let timeout = |seconds| {
        let time = Duration::from_secs(seconds);
        settings.delivery_timeout(time).as_secs()
    };
    assert_eq!((timeout(10), timeout(60)), (10, 20));
    assert_eq!(settings.project(), None, "five letters make no project id");
    let topic = "projects/demo-project/topics/dead".parse().ok();
    let settings = Settings {
        dead_letter_topic: topic,
        ..settings
    };
    assert_eq!(settings.project().expect("known").as_str(), "demo-project");
}
