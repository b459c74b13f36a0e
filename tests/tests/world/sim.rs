//! The seeded simulation: whatever goes wrong, a job runs at most once at a
//! time, never again after its end was recorded, and leaves nothing behind.
//!
//! Replay one seed, or some (`1000..2000`): `GROUNDCREW_SEED=17 cargo test -p tests --test world sim::replay -- --nocapture`.

use tests::sim::{run_seed, run_seeds};
use tests::world::WorldConfig;

/// Seeds in each of the four parts, which run side by side.
const PART: u64 = 250;

#[test]
fn the_first_quarter_of_the_seeds_passes() {
    run_seeds(0..PART);
}

#[test]
fn the_second_quarter_of_the_seeds_passes() {
    run_seeds(PART..2 * PART);
}

#[test]
fn the_third_quarter_of_the_seeds_passes() {
    run_seeds(2 * PART..3 * PART);
}

#[test]
fn the_fourth_quarter_of_the_seeds_passes() {
    run_seeds(3 * PART..4 * PART);
}

#[test]
fn a_seed_always_gives_the_same_run() {
    // In that of 156 two calls wait for one change and then race.
    for seed in [7, 156] {
        let config = WorldConfig::stormy(seed);
        let first = run_seed(&config);
        for _ in 0..4 {
            assert_eq!(run_seed(&config), first, "seed {seed}");
        }
    }
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the seed to replay comes from whoever replays it"
)]
fn replay() {
    let Ok(text) = std::env::var("GROUNDCREW_SEED") else {
        return;
    };
    let number = |text: &str| text.parse::<u64>().expect("a seed, or FIRST..END");
    if let Some((first, end)) = text.split_once("..") {
        return run_seeds(number(first)..number(end));
    }
    let result = run_seed(&WorldConfig::stormy(number(&text)));
    println!("{result:#?}");
    assert_eq!(result.violations, Vec::<String>::new());
}
