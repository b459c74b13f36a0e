//! Firestore, v1: documents by REST, and the creation of databases and indexes.
//!
//! Values are in Firestore's JSON form (`{"integerValue": "1"}`); the ledger
//! converts them.

mod admin;
mod documents;
mod methods;
mod stream;

pub use admin::*;
pub use documents::*;
pub use methods::*;

use crate::Method;

/// Every method of this module.
pub static ALL: &[&Method] = &[
    &COMMIT,
    &BATCH_GET,
    &RUN_QUERY,
    &CREATE_DATABASE,
    &CREATE_INDEX,
];

#[cfg(test)]
mod tests;
