//! The seeded simulation: whatever goes wrong, a job runs at most once at a
//! time, never again after its end was recorded, and leaves nothing behind.
//!
//! Replay one seed, or some (`1000..2000`): `GROUNDCREW_SEED=17 cargo test -p tests --test world sim::replay -- --nocapture`.

use tests::sim::{seeds, verdict};
use tests::world::Plan;

/// Seeds in each of the four parts, which run side by side.
const PART: u64 = 250;

#[test]
fn storms_of_the_first_part() {
    seeds(0..PART);
}

#[test]
fn storms_of_the_second_part() {
    seeds(PART..2 * PART);
}

#[test]
fn storms_of_the_third_part() {
    seeds(2 * PART..3 * PART);
}

#[test]
fn storms_of_the_fourth_part() {
    seeds(3 * PART..4 * PART);
}

#[test]
fn a_seed_tells_the_same_story_every_time() {
    // In that of 156 two calls wait for one change and then race.
    for seed in [7, 156] {
        let plan = Plan::stormy(seed);
        let story = verdict(&plan);
        for _ in 0..4 {
            assert_eq!(verdict(&plan), story, "seed {seed}");
        }
    }
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the seed to replay comes from whoever replays it"
)]
fn replay() {
    let Ok(asked) = std::env::var("GROUNDCREW_SEED") else {
        return;
    };
    let number = |text: &str| text.parse().expect("a seed or a range: 17, 1000..2000");
    if let Some((first, end)) = asked.split_once("..") {
        seeds(number(first)..number(end));
    } else {
        let verdict = verdict(&Plan::stormy(number(&asked)));
        println!("{verdict:#?}");
        assert_eq!(verdict.faults, Vec::<String>::new());
    }
}
