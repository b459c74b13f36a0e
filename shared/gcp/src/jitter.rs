//! Reproducible randomness for pauses.

/// A number in `0.0..1.0`, determined by `seed` (SplitMix64): callers with
/// different seeds spread out, and a simulation is reproducible.
pub(crate) fn jitter(seed: u64) -> f64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    f64::from(u32::try_from(z >> 32).unwrap_or(0)) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_spreads_over_its_range() {
        let drawn: Vec<f64> = (0..1000).map(jitter).collect();
        assert!(drawn.iter().all(|j| (0.0..1.0).contains(j)));
        let mean = drawn.iter().sum::<f64>() / 1000.0;
        assert!((0.45..0.55).contains(&mean), "{mean}");
    }
}
