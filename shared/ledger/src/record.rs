//! Records as callers see them.

use names::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use std::{
    fmt::{Debug, Display},
    str::FromStr,
};

/// A type of record that the ledger stores.
pub trait Record: Serialize + DeserializeOwned + Clone {
    /// The collection, such as `jobs`.
    const COLLECTION: &'static str;
    /// What identifies a record within its collection.
    type Id: Display + FromStr + Debug + Clone + PartialEq;
    /// The state, by which it can be queried.
    fn state(&self) -> &str;
    /// When the record is overdue, by which it can be queried.
    fn due(&self) -> Option<Timestamp>;
    /// When it ended, if it ages from then: Firestore deletes it some time after.
    fn ended(&self) -> Option<Timestamp>;
}

/// A record as it was read or written, with its version.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<R: Record> {
    /// The id within the collection.
    pub id: R::Id,
    /// The stored content.
    pub record: R,
    /// 1 when it was created, and 1 more with each write.
    pub revision: u64,
    pub(crate) version: DocumentVersion,
}

/// What a write presumes about the previous one.
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
    /// The record with its revision.
    pub entry: Entry<R>,
    /// The effects, in the order they were decided; none if all are done.
    pub effects: Vec<E>,
}
