//! Stable IDs by hashing.

use aws_lc_rs::digest::{SHA256, digest};

/// 64 bits of SHA-256 over the parts, for IDs that are the same in every run.
/// They are not secret.
pub(crate) fn hash(parts: &[&str]) -> u64 {
    let digest = digest(&SHA256, parts.join("\n").as_bytes());
    digest.as_ref()[..8]
        .iter()
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}
