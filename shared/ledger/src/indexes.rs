//! The indexes that the database must have.

use crate::document::{ENDED, OUTBOX};
use serde_json::{Value, json};

/// A composite index that the queries of the ledger need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Index {
    /// The id of the collection, such as `jobs`.
    pub collection: &'static str,
    /// The fields, in order.
    pub fields: &'static [(&'static str, Direction)],
}

/// The order of a field in an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

impl Direction {
    /// The name in Firestore's API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ascending => "ASCENDING",
            Self::Descending => "DESCENDING",
        }
    }
}

/// Every composite index that [`crate::Ledger::query`] needs. Google refuses a
/// query that lacks its index; the emulator does not.
pub const INDEXES: &[Index] = &[
    Index {
        collection: "jobs",
        fields: &[
            ("state", Direction::Ascending),
            ("due", Direction::Ascending),
        ],
    },
    Index {
        collection: "jobs",
        fields: &[
            ("state", Direction::Ascending),
            ("created", Direction::Descending),
        ],
    },
];

/// The collection whose records age, and the field with the time from which.
pub const AGEING: (&str, &str) = ("jobs", ENDED);

/// Fields that nobody queries. Firestore would index everything within them,
/// which costs with each write and is bounded at 40,000 entries per document. The
/// collection, and the field.
pub const UNINDEXED: &[(&str, &str)] = &[
    AGEING,
    ("jobs", "record"),
    ("deployments", "record"),
    ("products", "record"),
    (OUTBOX, "effects"),
];

/// The indexes in the format of Firebase's `firestore.indexes.json`.
#[must_use]
pub fn firestore_indexes_json() -> String {
    let indexes: Vec<Value> = INDEXES
        .iter()
        .map(|index| {
            let field = |(path, direction): &(&str, Direction)| json!({ "fieldPath": path, "order": direction.as_str() });
            let fields: Vec<Value> = index.fields.iter().map(field).collect();
            json!({ "collectionGroup": index.collection, "queryScope": "COLLECTION", "fields": fields })
        })
        .collect();
    let unindexed = |(collection, field): &(&str, &str)| json!({ "collectionGroup": collection, "fieldPath": field, "indexes": [] });
    let overrides: Vec<Value> = UNINDEXED.iter().map(unindexed).collect();
    format!(
        "{:#}\n",
        json!({ "indexes": indexes, "fieldOverrides": overrides })
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_file_in_deploy_is_up_to_date() {
        let file = include_str!("../../../deploy/firestore.indexes.json");
        // As values: the order of keys depends on the features that serde_json
        // is built with.
        let read = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
        assert_eq!(read(file), read(&firestore_indexes_json()));
    }
}
