//! Transactions as they are kept.

use names::{Duration, Timestamp};
use serde_json::Value;
use std::collections::BTreeMap;

/// Google's limits: of a transaction, and between its calls.
const MAX_AGE: Duration = Duration::from_secs(270);

const MAX_IDLE: Duration = Duration::from_secs(60);

#[derive(Debug, Clone)]
pub(super) struct Transaction {
    pub(super) database: String,
    pub(super) begun: Timestamp,
    pub(super) used: Timestamp,
    /// The time at which it reads, if it only reads.
    pub(super) read_only: Option<Timestamp>,
    /// Documents that it has read, each with its update time.
    pub(super) documents: BTreeMap<String, Option<Timestamp>>,
    /// Queries, each below a parent, and what they found.
    pub(super) queries: Vec<(String, Value, Found)>,
}

/// The documents that a query found, with their update times.
pub(super) type Found = Vec<(String, Timestamp)>;

impl Transaction {
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        now > self.begun + MAX_AGE || now > self.used + MAX_IDLE
    }
}
