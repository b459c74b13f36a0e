//! The seeded simulation of two deployments of one name, two projects and lost records:
//! nothing of the one is adopted, changed or deleted by the other.
//!
//! Replay one seed, or some (`1000..2000`): `GROUNDCREW_SEED=17 cargo test -p tests --test world neighbours::replay -- --nocapture`.

use names::DeploymentId;
use tests::{
    neighbours::{run_seed, run_seeds},
    translation::{Translated, Translation},
    world::{WorldConfig, neighbour::neighbour},
};

/// Seeds in each of the two parts, which run side by side.
const PART: u64 = 12;
/// Seeds in which a planted bug must show.
const SEEDS: std::ops::Range<u64> = 0..24;
/// The violation that the neighbour deleted one of the world's machines.
const THEIRS_DELETED: &str = "resource-manager@groundcrew-other.iam.gserviceaccount.com deleted ";

#[test]
fn the_first_half_of_the_seeds_passes() {
    run_seeds(0..PART);
}

#[test]
fn the_second_half_of_the_seeds_passes() {
    run_seeds(PART..2 * PART);
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the seeds to replay come from whoever replays them"
)]
fn replay() {
    let Ok(text) = std::env::var("GROUNDCREW_SEED") else {
        return;
    };
    let number = |text: &str| text.parse::<u64>().expect("a seed, or FIRST..END");
    match text.split_once("..") {
        Some((first, end)) => run_seeds(number(first)..number(end)),
        None => run_seeds(number(&text)..number(&text) + 1),
    }
}

/// The violation that the bug, planted in the worlds of the seeds, leads to.
#[expect(
    clippy::print_stdout,
    reason = "whoever runs the tests wants to know which seed found a bug"
)]
fn must_be_found(bug: &str, words: &str, translation: &Translation) {
    for seed in SEEDS {
        let config = WorldConfig {
            translation: Some(translation.clone()),
            ..WorldConfig::stormy(seed)
        };
        let violations = run_seed(&config).violations;
        if let Some(violation) = violations.iter().find(|text| text.contains(words)) {
            println!("{bug}: found by seed {seed}: {violation:.200}");
            return;
        }
    }
    panic!("{bug}: not found in {SEEDS:?}");
}

fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs
        .map(|(from, to)| (from.to_owned(), to.to_owned()))
        .to_vec()
}

/// The deployment, and the mark in the names of its machines.
fn named(deployment: &deployment::Deployment) -> (DeploymentId, String) {
    let id = deployment.settings.deployment_id();
    let name = id.instance(&"j".parse().expect("an ID"), names::Attempt::FIRST);
    let mark = name.as_str().rsplit('-').next().expect("it has one");
    (id, mark.to_owned())
}

/// Both homes give their machines the same names and labels.
#[test]
fn naming_machines_without_the_home_is_found() {
    let (our_id, our_mark) = named(&deployment::Deployment::local());
    let (their_id, their_mark) = named(&neighbour());
    let (ours, theirs) = (our_id.as_str(), their_id.as_str());
    let translation = Translation {
        who: Translated::Neighbour,
        requests: pairs([(theirs, ours), (&their_mark, &our_mark)]),
        responses: pairs([(ours, theirs), (&our_mark, &their_mark)]),
    };
    let bug = "machines are named and labelled without the home";
    must_be_found(bug, THEIRS_DELETED, &translation);
}

/// The names are the same by chance, and the labels are not compared.
#[test]
fn not_comparing_the_labels_of_a_machine_is_found() {
    let (our_id, our_mark) = named(&deployment::Deployment::local());
    let (their_id, their_mark) = named(&neighbour());
    let translation = Translation {
        who: Translated::Neighbour,
        requests: pairs([(&their_mark, &our_mark)]),
        responses: pairs([
            (our_id.as_str(), their_id.as_str()),
            (&our_mark, &their_mark),
        ]),
    };
    must_be_found("labels are not compared", THEIRS_DELETED, &translation);
}

/// A mark has the name of the deployment, but not its project's.
#[test]
fn a_mark_without_the_project_is_found() {
    let translation = Translation {
        who: Translated::Customer,
        requests: Vec::new(),
        responses: pairs([("demo-project_default", "customer-project_default")]),
    };
    let words = "bucket of another";
    must_be_found("marks do not name their project", words, &translation);
}

/// Without a record, nothing tells what there is.
#[test]
fn taking_the_record_for_the_things_is_found() {
    let translation = Translation {
        who: Translated::Customer,
        requests: Vec::new(),
        responses: pairs([("customer-project_default", "another-project_default")]),
    };
    must_be_found("marks are not read", " is left", &translation);
}
