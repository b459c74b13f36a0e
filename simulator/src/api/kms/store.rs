//! The state of Cloud KMS.

use super::{
    key::Key,
    version::{Version, version_name},
};
use crate::{
    ApiError,
    table::{Journaled, Table},
};
use names::Timestamp;
use std::collections::BTreeSet;

/// The state of Cloud KMS. Tables are keyed by full name.
#[derive(Debug, Clone)]
pub(crate) struct Kms {
    pub(super) keys: Table<Key>,
    pub(super) versions: Table<Version>,
    /// When deleted keys were deleted. Their names can never be used again.
    pub(super) deleted_keys: Table<Timestamp>,
}

impl Kms {
    pub(crate) fn new() -> Self {
        Self {
            keys: Table::new("kms.keys"),
            versions: Table::new("kms.versions"),
            deleted_keys: Table::new("kms.deleted_keys"),
        }
    }

    pub(crate) fn tables(&mut self) -> Vec<&mut dyn Journaled> {
        vec![&mut self.keys, &mut self.versions, &mut self.deleted_keys]
    }

    /// The names of all keys.
    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        self.keys.iter().map(|(name, _)| name)
    }

    pub(super) fn key(&self, name: &str) -> Result<&Key, ApiError> {
        let found = self.keys.get(name);
        found.ok_or_else(|| ApiError::not_found(format!("CryptoKey {name} not found.")))
    }

    pub(super) fn version(&self, name: &str) -> Result<&Version, ApiError> {
        let found = self.versions.get(name);
        found.ok_or_else(|| ApiError::not_found(format!("CryptoKeyVersion {name} not found.")))
    }

    /// The numbers of a key's versions, ascending.
    pub(super) fn numbers(&self, key: &str) -> BTreeSet<u32> {
        let prefix = version_name(key, "");
        let all = self.versions.with_prefix(&prefix);
        all.filter_map(|(name, _)| name[prefix.len()..].parse().ok())
            .collect()
    }
}
