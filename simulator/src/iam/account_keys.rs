//! The keys of service accounts: the public halves of those that users have, and
//! the one that Google has.

use super::{Iam, Signer, certificate::Certificate};
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
    fn verifies(&self, message: &[u8], signature: &[u8], now: Timestamp) -> bool {
        let der = self.certificate();
        let certificate = Certificate::read(&der);
        certificate.is_some_and(|certificate| {
            let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, certificate.public_key);
            !self.is_disabled && certificate.is_valid(now) && key.verify(message, signature).is_ok()
        })
    }
}

impl Iam {
    /// The user-managed keys of the account with this unique ID, by their IDs.
    pub(crate) fn keys_of<'a>(
        &'a self,
        unique_id: &str,
    ) -> impl Iterator<Item = (&'a str, &'a AccountKey)> + use<'a> {
        let prefix = format!("{unique_id}/");
        let start = prefix.len();
        let keys = self.account_keys.with_prefix(prefix);
        keys.map(move |(name, key)| (&name[start..], key))
    }

    /// The key that Google manages for an account, generated on first use. `None`
    /// if there is no such account.
    pub(crate) fn managed_key(&mut self, email: &str) -> Option<Signer> {
        let row = managed(&self.accounts.get(email)?.unique_id);
        if let Some(key) = self.keys.get(&row) {
            return read(key);
        }
        let key = Signer::generate();
        let der = key.to_pkcs8().ok()?;
        self.keys.insert(row, BASE64_STANDARD.encode(der));
        Some(key)
    }

    /// Whether any enabled key of the account with this address, or that of Google,
    /// verifies this RS256 signature.
    pub(crate) fn verifies(
        &self,
        email: &str,
        message: &[u8],
        signature: &[u8],
        now: Timestamp,
    ) -> bool {
        let account = self.account(email);
        account.is_some_and(|(_, account)| {
            let mut keys = self.keys_of(&account.unique_id);
            let managed = self.keys.get(&managed(&account.unique_id));
            keys.any(|(_, key)| key.verifies(message, signature, now))
                || managed
                    .and_then(|row| read(row))
                    .is_some_and(|key| key.verifies(message, signature))
        })
    }
}

/// The row of the key that Google manages.
fn managed(unique_id: &str) -> String {
    format!("account/{unique_id}/managed")
}

fn read(row: &str) -> Option<Signer> {
    Signer::from_pkcs8(&BASE64_STANDARD.decode(row).ok()?).ok()
}
