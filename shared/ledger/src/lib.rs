//! Long-lived records and their pending effects, in Firestore.
//!
//! A record (a job) and its outbox (the effects that its last change decided
//! and that are not done yet) change together, in one commit, and only if
//! nobody else changed the record since it was read. Each operation of
//! [`Ledger`] is one call of Firestore's REST API.
//!
//! # When a commit's answer is lost
//! Such a commit may have been applied. The client sends it again, and it then
//! fails on its own precondition: [`Ledger::create`] says [`Error::Exists`]
//! and [`Ledger::replace`] says [`Error::Conflict`], though it was this very
//! caller that wrote. So after either, and after any other failed write, load
//! the record and decide again; a decision that was already taken then shows
//! in the record.

mod document;
mod error;
mod history;
mod indexes;
mod lease;
mod ledger;
mod query;
mod record;
mod record_cache;
mod transaction;
mod value;

pub use error::Error;
pub use history::HistoryEntry;
pub use indexes::{AGEING, Direction, INDEXES, Index, UNINDEXED, firestore_indexes_json};
pub use lease::Lease;
pub use ledger::Ledger;
pub use query::{Cursor, Page, Query};
pub use record::{Entry, Loaded, Record};
pub use transaction::{Creation, Decided, RecordChange};
