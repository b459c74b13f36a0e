//! The keys of service accounts that users have: their public halves.

use super::certificate::Certificate;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::{Engine, prelude::BASE64_STANDARD};
use names::Timestamp;
use serde::{Deserialize, Serialize};

/// A user-managed key; keyed by the account's unique ID and its own,
/// `{unique_id}/{key_id}`, so that another account with the same address does
/// not have it. The private key is with the user only.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AccountKey {
    /// In DER, base64.
    certificate: String,
    /// Whether the user uploaded it.
    pub(crate) is_uploaded: bool,
    pub(crate) is_disabled: bool,
}

impl AccountKey {
    pub(crate) fn new(certificate: &[u8], is_uploaded: bool) -> Self {
        Self {
            certificate: BASE64_STANDARD.encode(certificate),
            is_uploaded,
            is_disabled: false,
        }
    }

    /// The certificate in DER.
    pub(crate) fn certificate(&self) -> Vec<u8> {
        let decoded = BASE64_STANDARD.decode(&self.certificate);
        decoded.expect("it was encoded here")
    }

    /// Whether its signature (RSASSA-PKCS1-v1_5, SHA-256) is on `message`, and it
    /// may be used now.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8], now: Timestamp) -> bool {
        let der = self.certificate();
        let certificate = Certificate::read(&der);
        certificate.is_some_and(|certificate| {
            let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, certificate.public_key);
            !self.is_disabled && certificate.is_valid(now) && key.verify(message, signature).is_ok()
        })
    }
}
