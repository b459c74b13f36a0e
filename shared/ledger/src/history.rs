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
    /// Adds an entry to `history`. Beyond `most`, entries are left out in the
    /// middle: the first quarter is kept, since it shows how things began.
    pub fn append(history: &mut Vec<Self>, most: usize, at: Timestamp, what: String) {
        history.push(Self { at, what });
        let excess = history.len().saturating_sub(most.max(1));
        if excess > 0 {
            // The entry in between stands for those that are left out.
            let gap = most / 4;
            history.drain(gap + 1..gap + 1 + excess);
            history[gap].what = "(entries left out)".to_owned();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_newest_entries_are_kept() {
        let mut history = Vec::new();
        for number in 0..100 {
            let at = Timestamp::from_seconds(number);
            HistoryEntry::append(&mut history, 8, at, number.to_string());
            assert!(history.len() <= 8);
        }
        let kept: Vec<&str> = history.iter().map(|entry| entry.what.as_str()).collect();
        let expected = ["0", "1", "(entries left out)", "95", "96", "97", "98", "99"];
        assert_eq!(kept, expected);
    }
}
