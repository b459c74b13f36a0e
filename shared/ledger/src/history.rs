//! What happened to a record, for people.

use names::Timestamp;
use serde::{Deserialize, Serialize};

/// One entry of a record's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// When it happened.
    pub at: Timestamp,
    /// What happened, for people.
    pub what: String,
}

impl HistoryEntry {
    /// Adds an entry to `history`, and drops the oldest beyond `most`.
    pub fn append(history: &mut Vec<Self>, most: usize, at: Timestamp, what: String) {
        history.push(Self { at, what });
        let excess = history.len().saturating_sub(most);
        history.drain(..excess);
    }
}
