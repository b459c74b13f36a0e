//! Indexes: which queries the declared ones serve.
//!
//! Firestore has an index of every field, ascending and descending, and merges
//! those for equalities. All else takes a composite index that somebody made.

use super::{field_path::FieldPath, wire::word};
use crate::ApiError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What a query asks of indexes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) equal: BTreeSet<FieldPath>,
    pub(super) contains: BTreeSet<FieldPath>,
    /// The orders that are left where the equal fields are fixed; the last is by name.
    pub(super) sort: Vec<Order>,
}

/// How an index holds a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Mode {
    Ascending,
    Descending,
    Contains,
}

/// A composite index; keyed by its full name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Index {
    pub(super) group: bool,
    /// Without `__name__`, which ends every index.
    fields: Vec<(String, Mode)>,
    /// By name in descending order.
    reversed: bool,
}

impl Index {
    pub(super) fn json(&self, name: &str) -> Value {
        let last = if self.reversed {
            Mode::Descending
        } else {
            Mode::Ascending
        };
        let fields = self
            .fields
            .iter()
            .map(|(path, mode)| (path.as_str(), *mode));
        let fields = fields
            .chain([("__name__", last)])
            .map(|(path, mode)| match mode {
                Mode::Ascending => json!({ "fieldPath": path, "order": "ASCENDING" }),
                Mode::Descending => json!({ "fieldPath": path, "order": "DESCENDING" }),
                Mode::Contains => json!({ "fieldPath": path, "arrayConfig": "CONTAINS" }),
            });
        json!({
            "name": name,
            "queryScope": if self.group { "COLLECTION_GROUP" } else { "COLLECTION" },
            "fields": fields.collect::<Vec<_>>(),
            "state": "READY",
        })
    }

    pub(super) fn read(value: &Value) -> Result<Self, ApiError> {
        let orders = ["ORDER_UNSPECIFIED", "ASCENDING", "DESCENDING"];
        let scopes = ["QUERY_SCOPE_UNSPECIFIED", "COLLECTION", "COLLECTION_GROUP"];
        let mut fields = Vec::new();
        for field in value["fields"].as_array().into_iter().flatten() {
            let path = FieldPath::parse(field["fieldPath"].as_str().unwrap_or_default())?;
            let contains = word(&field["arrayConfig"], &["", "CONTAINS"]).is_some();
            let mode = match word(&field["order"], &orders) {
                Some("ASCENDING") => Mode::Ascending,
                Some("DESCENDING") => Mode::Descending,
                _ if contains => Mode::Contains,
                _ => {
                    let message = format!("Index field {path} has neither order nor arrayConfig.");
                    return Err(ApiError::invalid(message));
                }
            };
            fields.push((path, mode));
        }
        Self::new(
            fields,
            word(&value["queryScope"], &scopes) == Some("COLLECTION_GROUP"),
        )
    }

    pub(super) fn new(mut fields: Vec<(FieldPath, Mode)>, group: bool) -> Result<Self, ApiError> {
        let last = match fields.pop_if(|(path, _)| path.is_name()) {
            Some((_, mode)) => Some(mode),
            None => fields.last().map(|(_, mode)| *mode),
        };
        let single = fields.len() < 2 && !group;
        if single || fields.iter().any(|(path, _)| path.is_name()) {
            return Err(ApiError::invalid(
                "this index is not necessary, configure using single field index controls",
            ));
        }
        Ok(Self {
            group,
            fields: fields
                .into_iter()
                .map(|(path, mode)| (path.to_string(), mode))
                .collect(),
            reversed: last == Some(Mode::Descending),
        })
    }

    /// Which of the shape's equal fields this index fixes before it sorts as
    /// the shape asks, read in one direction or the other; `None` if it does not.
    pub(super) fn covers(&self, shape: &Shape) -> Option<BTreeSet<&str>> {
        let (name, sort) = shape.sort.split_last()?;
        let (prefix, suffix) = self
            .fields
            .split_at_checked(self.fields.len().checked_sub(sort.len())?)?;
        let backward = name.descending != self.reversed;
        let sorts = suffix.iter().zip(sort).all(|((path, mode), order)| {
            let wanted = if order.descending == backward {
                Mode::Ascending
            } else {
                Mode::Descending
            };
            *path == order.path.to_string() && *mode == wanted
        });
        let has =
            |set: &BTreeSet<FieldPath>, path: &String| set.iter().any(|p| p.to_string() == *path);
        let fixes = prefix.iter().all(|(path, mode)| match mode {
            Mode::Ascending | Mode::Descending => has(&shape.equal, path),
            Mode::Contains => has(&shape.contains, path),
        });
        (sorts && fixes).then(|| prefix.iter().map(|(path, _)| path.as_str()).collect())
    }
}

impl Shape {
    /// Whether the indexes of single fields will do.
    pub(super) fn is_automatic(&self) -> bool {
        let fixed = !self.equal.is_empty() || !self.contains.is_empty();
        match self.sort.as_slice() {
            [] | [_] => true,
            [field, name] => !fixed && field.descending == name.descending,
            _ => false,
        }
    }

    /// The index that would serve the query alone, in words.
    pub(super) fn missing(&self) -> String {
        let equal = self.equal.iter().map(|path| format!("{path} ASCENDING"));
        let contains = self.contains.iter().map(|path| format!("{path} CONTAINS"));
        let sort = self.sort.iter().map(|order| {
            let way = if order.descending {
                "DESCENDING"
            } else {
                "ASCENDING"
            };
            format!("{} {way}", order.path)
        });
        equal
            .chain(contains)
            .chain(sort)
            .collect::<Vec<_>>()
            .join(",")
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) path: FieldPath,
    pub(super) descending: bool,
}
