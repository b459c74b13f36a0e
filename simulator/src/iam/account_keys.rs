//! Keys of service accounts, by which they sign.

use crate::iam::{Iam, Signer};
use base64::{Engine, prelude::BASE64_STANDARD};

/// Prefix of the rows of an account's keys. An account that is created anew has
/// none of the old ones.
fn row_prefix(unique_id: &str) -> String {
    format!("account/{unique_id}/")
}

fn read(row: &str) -> Option<Signer> {
    Signer::from_pkcs8(&BASE64_STANDARD.decode(row).ok()?).ok()
}

impl Iam {
    /// The key that Google manages for an account, generated on first use. `None`
    /// if there is no such account.
    pub(crate) fn managed_key(&mut self, email: &str) -> Option<Signer> {
        let row = format!(
            "{}managed",
            row_prefix(&self.accounts.get(email)?.unique_id)
        );
        if let Some(key) = self.keys.get(&row) {
            return read(key);
        }
        let key = Signer::generate();
        let der = key.to_pkcs8().ok()?;
        self.keys.insert(row, BASE64_STANDARD.encode(der));
        Some(key)
    }

    /// Whether any key of an account that is not disabled made a signature (PKCS #1
    /// v1.5 with SHA-256).
    pub(crate) fn verifies(&self, email: &str, message: &[u8], signature: &[u8]) -> bool {
        let account = self.accounts.get(email);
        let account = account.filter(|account| !account.disabled);
        let rows = account.map(|account| self.keys.with_prefix(row_prefix(&account.unique_id)));
        let mut keys = rows.into_iter().flatten().filter_map(|(_, row)| read(row));
        keys.any(|key| key.verifies(message, signature))
    }
}
