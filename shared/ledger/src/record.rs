//! What the ledger keeps, as callers see it.

use names::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use std::{
    fmt::{Debug, Display},
    str::FromStr,
};

/// Something the ledger keeps.
pub trait Record: Serialize + DeserializeOwned + Clone {
    /// The collection, such as `jobs`.
    const COLLECTION: &'static str;
    /// What identifies a record within its collection.
    type Id: Display + FromStr + Debug + Clone + PartialEq;
    /// The state, by which it can be queried.
    fn state(&self) -> &str;
    /// When to look at it again, by which it can be queried.
    fn due(&self) -> Option<Timestamp>;
}

/// A record as it was read or written, and what a next write must know.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<R: Record> {
    /// The id within the collection.
    pub id: R::Id,
    /// The record.
    pub record: R,
    /// 1 when it was created, and 1 more with each write.
    pub revision: u64,
    pub(crate) version: DocumentVersion,
}

/// What a next write must know of the one before.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DocumentVersion {
    /// Firestore's text, which a precondition repeats unchanged.
    pub(crate) update_time: String,
    pub(crate) created: Timestamp,
    /// Whether there may be an outbox that a write must replace or delete.
    pub(crate) outbox: bool,
}

/// A record with the effects that are not done yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded<R: Record, E> {
    /// The record.
    pub entry: Entry<R>,
    /// The effects, in the order they were decided; none if all are done.
    pub effects: Vec<E>,
}
