//! Secret bytes.

use aws_lc_rs::digest::{SHA256, digest};
use secrecy::{ExposeSecret, SecretSlice};
use std::{fmt, sync::Arc};
use thiserror::Error;

/// A secret that Cloud KMS can encrypt directly. It is wiped from memory when
/// dropped, and `Debug` shows only its size.
#[derive(Clone)]
pub struct Secret {
    bytes: Arc<SecretSlice<u8>>,
    sha256: String,
}

/// The secret is larger than Cloud KMS encrypts directly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the secret has {size} bytes: Cloud KMS encrypts at most {} directly",
    Secret::MAX_SIZE
)]
pub struct SecretTooLong {
    /// Size in bytes.
    pub size: usize,
}

impl Secret {
    /// The most bytes that Cloud KMS encrypts in one call ("Encrypt and decrypt
    /// data with a symmetric key": 64 KiB).
    pub const MAX_SIZE: usize = 65_536;

    /// A secret of these bytes.
    ///
    /// # Errors
    /// There are more than [`Secret::MAX_SIZE`].
    pub fn new(bytes: Vec<u8>) -> Result<Self, SecretTooLong> {
        let size = bytes.len();
        let bytes = SecretSlice::from(bytes);
        if size > Self::MAX_SIZE {
            return Err(SecretTooLong { size });
        }
        let digest = digest(&SHA256, bytes.expose_secret());
        let hex = |byte: &u8| format!("{byte:02x}");
        Ok(Self {
            sha256: digest.as_ref().iter().map(hex).collect(),
            bytes: Arc::new(bytes),
        })
    }

    /// Its SHA-256 in hexadecimal. A secret with little entropy could be guessed
    /// from it; keys have enough.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    pub(crate) fn expose(&self) -> &[u8] {
        self.bytes.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.expose().len())
    }
}

/// Compared by SHA-256.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.sha256 == other.sha256
    }
}

impl Eq for Secret {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_only_the_size() {
        let secret = Secret::new(b"private".to_vec()).expect("short");
        assert_eq!(format!("{secret:?}"), "Secret(7 bytes)");
        assert_eq!(secret, Secret::new(b"private".to_vec()).expect("short"));
        assert_ne!(secret, Secret::new(b"Private".to_vec()).expect("short"));
        // As `sha256sum` prints it.
        let abc = Secret::new(b"abc".to_vec()).expect("short");
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(abc.sha256(), known);
    }

    #[test]
    fn a_secret_that_is_too_long_for_cloud_kms_is_rejected() {
        assert!(Secret::new(vec![0; 65_536]).is_ok());
        let error = Secret::new(vec![0; 65_537]).expect_err("too long");
        assert_eq!(
            error.to_string(),
            "the secret has 65537 bytes: Cloud KMS encrypts at most 65536 directly"
        );
    }
}
