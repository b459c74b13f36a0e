//! Cloud KMS v1: key rings, symmetric keys and their versions.
//!
//! Ciphertext is real AES-256-GCM: only the right version with the right
//! additional data opens it. Key material is derived from a version's name and
//! the time it was made, so that a run can be repeated: secret it is not.
//! Left out: other purposes than `ENCRYPT_DECRYPT`, other protection levels
//! than `SOFTWARE`, imports, and filters and orders of lists.
//!
//! Not verified against Google: the words of refusals, unless a recording or
//! a document has them, and that the name of a deleted key ring may be used
//! again (its documents say of keys alone that theirs may not).

mod cipher;
mod key;
mod name;
mod operation;
mod ring;
mod rotation;
mod routes;
mod shown;
mod version;

#[cfg(test)]
mod tests;

use crate::{
    ApiError,
    table::{Journaled, Table},
};
use key::Key;
use names::Timestamp;
use operation::Operation;
use ring::Ring;
use std::collections::BTreeSet;
use version::Version;

pub(crate) use rotation::advance;
pub(crate) use routes::ROUTES;

/// The state of the API. Everything is kept by its full name.
#[derive(Debug, Clone)]
pub(crate) struct Kms {
    rings: Table<Ring>,
    keys: Table<Key>,
    versions: Table<Version>,
    /// When keys that are no more were deleted: their names are never free again.
    retired: Table<Timestamp>,
    operations: Table<Operation>,
}

impl Kms {
    pub(crate) fn new() -> Self {
        Self {
            rings: Table::new("kms.rings"),
            keys: Table::new("kms.keys"),
            versions: Table::new("kms.versions"),
            retired: Table::new("kms.retired"),
            operations: Table::new("kms.operations"),
        }
    }

    pub(crate) fn tables(&mut self) -> Vec<&mut dyn Journaled> {
        vec![
            &mut self.rings,
            &mut self.keys,
            &mut self.versions,
            &mut self.retired,
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

    fn ring(&self, name: &str) -> Result<&Ring, ApiError> {
        let found = self.rings.get(name);
        found.ok_or_else(|| ApiError::not_found(format!("KeyRing {name} not found.")))
    }

    fn key(&self, name: &str) -> Result<&Key, ApiError> {
        let found = self.keys.get(name);
        found.ok_or_else(|| ApiError::not_found(format!("CryptoKey {name} not found.")))
    }

    fn version(&self, name: &str) -> Result<&Version, ApiError> {
        let found = self.versions.get(name);
        found.ok_or_else(|| ApiError::not_found(format!("CryptoKeyVersion {name} not found.")))
    }

    /// The numbers of a key's versions, in order.
    fn numbers(&self, key: &str) -> BTreeSet<u32> {
        let prefix = name::version(key, "");
        let all = self.versions.under(&prefix);
        all.filter_map(|(name, _)| name[prefix.len()..].parse().ok())
            .collect()
    }
}
