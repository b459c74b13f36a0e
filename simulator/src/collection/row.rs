//! Resources as they are stored: one table for all kinds.

use super::operation::Operation;
use crate::{
    iam::hash,
    table::{Journaled, Table},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use names::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A resource: what all kinds have in common, and its fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    /// The type of the resource (`KeyRing`).
    pub(crate) kind: String,
    /// Unique among all resources that ever existed; decimal digits.
    pub(crate) uid: String,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    /// When the operation that creates it completes. Nothing can refer to it
    /// before.
    pub(crate) ready: Timestamp,
    /// Number of changes, from 1.
    pub(crate) generation: u64,
    /// When a soft-deleted resource is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires: Option<Timestamp>,
    /// The fields that callers set, in the API's JSON form.
    pub(crate) body: Value,
}

impl Row {
    /// Counts a change.
    pub(crate) fn touch(&mut self, now: Timestamp) {
        self.updated = now;
        self.generation += 1;
    }

    /// Removes a field of the body.
    pub(crate) fn remove_field(&mut self, field: &str) {
        if let Some(fields) = self.body.as_object_mut() {
            fields.remove(field);
        }
    }

    /// Changes with every change of the resource.
    pub(crate) fn etag(&self) -> String {
        let generation = self.generation.to_string();
        BASE64_STANDARD.encode(hash(&[&self.uid, &generation]).to_be_bytes())
    }
}

/// All resources of all kinds, and the operations on them.
#[derive(Debug, Clone)]
pub(crate) struct Resources {
    /// By full name, `//cloudkms.googleapis.com/projects/p/…`.
    pub(crate) rows: Table<Row>,
    /// By name.
    pub(crate) operations: Table<Operation>,
    /// Names of operations by project and request ID.
    pub(super) requests: Table<String>,
    /// Names that no new resource may have, with the time of their first use.
    pub(crate) used_names: Table<Timestamp>,
    /// The last number given out, in a single row.
    numbers: Table<u64>,
}

impl Resources {
    pub(crate) fn new() -> Self {
        Self {
            rows: Table::new("resources"),
            operations: Table::new("operations"),
            requests: Table::new("requests"),
            used_names: Table::new("used_names"),
            numbers: Table::new("numbers"),
        }
    }

    pub(crate) fn tables(&mut self) -> Vec<&mut dyn Journaled> {
        vec![
            &mut self.rows,
            &mut self.operations,
            &mut self.requests,
            &mut self.used_names,
            &mut self.numbers,
        ]
    }

    /// 1, 2, 3…
    pub(crate) fn next_number(&mut self) -> u64 {
        let next = self.numbers.get("next").map_or(1, |last| last + 1);
        self.numbers.insert("next", next);
        next
    }

    /// A numeric ID as long as Google's, the same in every run.
    pub(crate) fn next_id(&mut self) -> String {
        ((1 << 62) + self.next_scattered(60)).to_string()
    }

    /// A number of a project or folder, of twelve digits like Google's.
    pub(crate) fn next_node_number(&mut self) -> u64 {
        (1 << 39) + self.next_scattered(38)
    }

    /// An odd factor permutes the numbers below a power of two, so that they
    /// differ and look random.
    fn next_scattered(&mut self, bits: u32) -> u64 {
        self.next_number().wrapping_mul(0x9E37_79B9_7F4A_7C15) % (1 << bits)
    }
}
