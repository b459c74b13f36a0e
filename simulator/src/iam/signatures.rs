//! What service accounts sign: by the keys that users have, and by the one that
//! Google has.

use super::{AccountKey, Iam, Signer};
use base64::{Engine, prelude::BASE64_STANDARD};
use names::Timestamp;

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
