//! Firestore, v1: documents by REST, and databases and composite indexes.
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

use crate::{Collection, Method};

/// Every collection of this module.
pub static COLLECTIONS: &[&Collection] = &[&DATABASES, &FIELDS, &INDEXES];

/// Every other method of this module.
pub static ALL: &[&Method] = &[&COMMIT, &BATCH_GET, &RUN_QUERY, &OPERATIONS.get];

#[cfg(test)]
mod tests;
