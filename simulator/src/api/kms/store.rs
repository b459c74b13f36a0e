//! The state of Cloud KMS.

use super::{
    key::Key,
    operation::Operation,
    ring::Ring,
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
    pub(super) rings: Table<Ring>,
    pub(super) keys: Table<Key>,
    pub(super) versions: Table<Version>,
    /// When deleted keys were deleted. Their names can never be used again.
    pub(super) deleted_keys: Table<Timestamp>,
    pub(super) operations: Table<Operation>,
}

impl Kms {
    pub(crate) fn new() -> Self {
        Self {
            rings: Table::new("kms.rings"),
            keys: Table::new("kms.keys"),
            versions: Table::new("kms.versions"),
            deleted_keys: Table::new("kms.deleted_keys"),
            operations: Table::new("kms.operations"),
        }
    }

    pub(crate) fn tables(&mut self) -> Vec<&mut dyn Journaled> {
        vec![
            &mut self.rings,
            &mut self.keys,
            &mut self.versions,
            &mut self.deleted_keys,
            &mut self.operations,
        ]
    }

    /// The names of all key rings and keys.
    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        let (rings, keys) = (self.rings.iter(), self.keys.iter());
        rings
            .map(|(name, _)| name)
            .chain(keys.map(|(name, _)| name))
    }

    pub(super) fn ring(&self, name: &str) -> Result<&Ring, ApiError> {
        let found = self.rings.get(name);
        found.ok_or_else(|| ApiError::not_found(format!("KeyRing {name} not found.")))
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
