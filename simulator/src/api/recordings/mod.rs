//! Google's answers as others recorded them, beside those of this cloud.

mod exchange;
mod fields;
mod replay;

use exchange::{Exchange, parse};
use fields::fields;
use replay::Replay;
use std::{collections::BTreeSet, fs, path::Path};

const RECORDER: &str = "whoever recorded has taken it out: it is in Google's documents";
const RICH: &str = "Google's answer has less than what a read shows";
const MOCK: &str = "of a mock, as it seems: operations of a zone that are global and bare";
const LATE: &str = "Google's answer was of before the change";

/// Differences that are meant: the recording, the request, how it differs, and why.
const EXCEPTIONS: &[[&str; 4]] = &[
    [
        "artifact-repository",
        "operations",
        ": also response.",
        RICH,
    ],
    ["artifact-repository", "PATCH", ": also registryUri", RICH],
    [
        "iam-policy-artifact",
        "operations",
        ": also response.",
        RICH,
    ],
    [
        "iam-policy-artifact",
        "GET",
        ": also registryUri",
        "of before there was this field",
    ],
    [
        "billing-account-iam-member",
        ":getIamPolicy",
        ": no version",
        "the test's own grant is hidden, with the rest of a policy that is empty then",
    ],
    ["compute-disk-zonal", "GET", ": also sizeGb", RECORDER],
    ["compute-disk-zonal", "POST", ": also ", MOCK],
    ["folder-in-", "DELETE", ": also response.deleteTime", RICH],
    [
        "kms-crypto-key",
        "PATCH",
        ": also primary.destroyTime",
        LATE,
    ],
    [
        "iam-service-account-key",
        "GET",
        ": also publicKeyData",
        RECORDER,
    ],
    ["pubsub-subscription", "GET", ": 200 instead of 404", LATE],
    [
        "pubsub-subscription",
        "",
        "pushConfig.attributes.",
        "Google showed them after a change only; Terraform's provider reads them always",
    ],
    [
        "storage-bucket",
        "/o: ",
        ": no prefixes[]",
        "the recorded bucket had folders that nothing recorded had made",
    ],
    ["run-service", "", ".conditions[].", RECORDER],
    ["run-service", "", " conditions[].", RECORDER],
    ["run-service", "", "latestCreatedRevision", RECORDER],
    ["run-service", "", "latestReadyRevision", RECORDER],
    ["run-service", "", "observedGeneration", RECORDER],
    ["run-service", "", "trafficStatuses[].", RECORDER],
    ["run-service", "", ": also metadata.uid", RECORDER],
    ["run-service", "", "uri", RECORDER],
    ["run-service", "", "urls[]", RECORDER],
];

/// Recordings that were made of a mock: they echo the request, operations of v1
/// are of v3, or a role has a name that no role has.
const MOCKED: [&str; 4] = [
    "compute-instance",
    "compute-instance-encrypted-disk",
    "iam-policy-project",
    "iam-policy-project-conditions",
];

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the recordings are not part of the project"
)]
fn recorded_answers_have_the_same_status_and_fields() {
    let Ok(shared) = std::env::var("GROUNDCREW_SHARED") else {
        println!("GROUNDCREW_SHARED is not set: Google's recorded answers were not compared");
        return;
    };
    let folder = Path::new(&shared).join("recordings");
    let mut compared = 0;
    let mut differences = BTreeSet::new();
    let mut unused: BTreeSet<_> = EXCEPTIONS.iter().collect();
    let mut files: Vec<_> = fs::read_dir(&folder)
        .expect("recordings")
        .flatten()
        .collect();
    files.sort_by_key(|file| file.file_name());
    for file in files {
        let path = file.path();
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if MOCKED.contains(&name.as_str()) {
            continue;
        }
        let mut replay = Replay::new();
        for exchange in parse(&fs::read_to_string(&path).expect("a recording")) {
            compared += 1;
            let found = compare(&mut replay, &exchange);
            for difference in found.into_iter().map(|found| format!("{name}: {found}")) {
                let exception = EXCEPTIONS
                    .iter()
                    .find(|exception| covers(exception, &difference));
                match exception {
                    Some(exception) => _ = unused.remove(exception),
                    None => _ = differences.insert(difference),
                }
            }
        }
    }
    assert!(compared > 0, "no recordings in {}", folder.display());
    println!("{compared} answers compared");
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        Vec::from_iter(differences).join("\n")
    );
    assert!(unused.is_empty(), "not needed any more: {unused:?}");
}

fn covers([recording, request, how, _]: &[&str; 4], difference: &str) -> bool {
    difference.starts_with(recording) && difference.contains(request) && difference.contains(how)
}

/// How the response to a recorded request differs from the recorded one.
fn compare(replay: &mut Replay, exchange: &Exchange) -> Vec<String> {
    let url = exchange.url.split('?').next().unwrap_or_default();
    let what = format!("{} {url}", exchange.method);
    let (status, response) = replay.send(exchange);
    if status != exchange.status {
        return vec![format!(
            "{what}: {status} instead of {}: {response}",
            exchange.status
        )];
    }
    let (ours, recorded) = (fields(&response), fields(&exchange.response));
    let missing = recorded
        .difference(&ours)
        .map(|field| format!("{what}: no {field}"));
    let others = ours
        .difference(&recorded)
        .map(|field| format!("{what}: also {field}"));
    missing.chain(others).collect()
}
