//! Reproducible random numbers.

use std::sync::{Arc, Mutex, PoisonError};

/// A pseudorandom number generator (SplitMix64). Clones share one sequence.
#[derive(Debug, Clone)]
pub struct Dice(Arc<Mutex<u64>>);

impl Dice {
    /// The generator for `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(seed)))
    }

    /// The next number, of all 64-bit numbers.
    pub fn roll(&self) -> u64 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both inclusive.
    pub fn between(&self, low: u64, high: u64) -> u64 {
        low + self.roll() % (high - low + 1)
    }

    /// True with a probability of `per_mille` in 1,000.
    pub fn chance(&self, per_mille: u64) -> bool {
        self.roll() % 1000 < per_mille
    }
}
