//! Composite indexes, and which queries they serve.
//!
//! Firestore indexes every field, ascending and descending, and merges these
//! indexes for equality filters. All other queries require a composite index.

use super::{field_path::FieldPath, wire::enum_name};
use crate::ApiError;
use names::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What a query requires of indexes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct IndexRequirement {
    pub(super) equal: BTreeSet<FieldPath>,
    pub(super) contains: BTreeSet<FieldPath>,
    /// The sort orders without those on fields with an equality filter; the
    /// last is by name.
    pub(super) sort: Vec<Order>,
}

/// How an index covers a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum IndexMode {
    Ascending,
    Descending,
    Contains,
}

impl IndexMode {
    /// The member of an `IndexField` that says so.
    pub(super) const fn json(self) -> (&'static str, &'static str) {
        match self {
            Self::Ascending => ("order", "ASCENDING"),
            Self::Descending => ("order", "DESCENDING"),
            Self::Contains => ("arrayConfig", "CONTAINS"),
        }
    }
}

/// A composite index; keyed by its full name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Index {
    pub(super) group: bool,
    /// Without `__name__`, which ends every index.
    fields: Vec<(String, IndexMode)>,
    /// Whether documents are sorted by descending name.
    reversed: bool,
    /// When it is built, and serves queries.
    #[serde(default = "at_once")]
    pub(super) ready: Timestamp,
}

const fn at_once() -> Timestamp {
    Timestamp::from_seconds(0)
}

impl Index {
    /// Whether it is the same index, whenever it is ready.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        (self.group, &self.fields, self.reversed) == (other.group, &other.fields, other.reversed)
    }

    pub(super) fn json(&self, name: &str, now: Timestamp) -> Value {
        let last = if self.reversed {
            IndexMode::Descending
        } else {
            IndexMode::Ascending
        };
        let fields = self
            .fields
            .iter()
            .map(|(path, mode)| (path.as_str(), *mode));
        let fields = fields.chain([("__name__", last)]).map(|(path, mode)| {
            let (key, value) = mode.json();
            json!({ "fieldPath": path, key: value })
        });
        json!({
            "name": name,
            "queryScope": if self.group { "COLLECTION_GROUP" } else { "COLLECTION" },
            "fields": fields.collect::<Vec<_>>(),
            "state": if self.ready <= now { "READY" } else { "CREATING" },
        })
    }

    pub(super) fn read(value: &Value) -> Result<Self, ApiError> {
        let orders = ["ORDER_UNSPECIFIED", "ASCENDING", "DESCENDING"];
        let scopes = ["QUERY_SCOPE_UNSPECIFIED", "COLLECTION", "COLLECTION_GROUP"];
        let mut fields = Vec::new();
        for field in value["fields"].as_array().into_iter().flatten() {
            let path = FieldPath::parse(field["fieldPath"].as_str().unwrap_or_default())?;
            let contains = enum_name(&field["arrayConfig"], &["", "CONTAINS"]).is_some();
            let mode = match enum_name(&field["order"], &orders) {
                Some("ASCENDING") => IndexMode::Ascending,
                Some("DESCENDING") => IndexMode::Descending,
                _ if contains => IndexMode::Contains,
                _ => {
                    let message = format!("Index field {path} has neither order nor arrayConfig.");
                    return Err(ApiError::invalid(message));
                }
            };
            fields.push((path, mode));
        }
        Self::new(
            fields,
            enum_name(&value["queryScope"], &scopes) == Some("COLLECTION_GROUP"),
        )
    }

    pub(super) fn new(
        mut fields: Vec<(FieldPath, IndexMode)>,
        group: bool,
    ) -> Result<Self, ApiError> {
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
            reversed: last == Some(IndexMode::Descending),
            ready: at_once(),
        })
    }

    /// The equality fields that this index covers before its sort order, if it
    /// has the required order, read forwards or backwards; otherwise `None`.
    pub(super) fn covers(&self, requirement: &IndexRequirement) -> Option<BTreeSet<&str>> {
        let (name, sort) = requirement.sort.split_last()?;
        let (prefix, suffix) = self
            .fields
            .split_at_checked(self.fields.len().checked_sub(sort.len())?)?;
        let backward = name.descending != self.reversed;
        let sorts = suffix.iter().zip(sort).all(|((path, mode), order)| {
            let wanted = if order.descending == backward {
                IndexMode::Ascending
            } else {
                IndexMode::Descending
            };
            *path == order.path.to_string() && *mode == wanted
        });
        let has =
            |set: &BTreeSet<FieldPath>, path: &String| set.iter().any(|p| p.to_string() == *path);
        let fixes = prefix.iter().all(|(path, mode)| match mode {
            IndexMode::Ascending | IndexMode::Descending => has(&requirement.equal, path),
            IndexMode::Contains => has(&requirement.contains, path),
        });
        (sorts && fixes).then(|| prefix.iter().map(|(path, _)| path.as_str()).collect())
    }
}

impl IndexRequirement {
    /// Whether indexes on single fields suffice. `has` says whether a field has
    /// one of some modes.
    pub(super) fn is_served_by(&self, has: impl Fn(&FieldPath, &[IndexMode]) -> bool) -> bool {
        use IndexMode::{Ascending, Contains, Descending};
        let fixed = !self.equal.is_empty() || !self.contains.is_empty();
        let sorts = match self.sort.as_slice() {
            [] | [_] => true,
            [field, name] => {
                let mode = if field.descending {
                    Descending
                } else {
                    Ascending
                };
                !fixed && field.descending == name.descending && has(&field.path, &[mode])
            }
            _ => false,
        };
        let mut equal = self.equal.iter().filter(|path| !path.is_name());
        let mut contains = self.contains.iter();
        sorts
            && equal.all(|path| has(path, &[Ascending, Descending]))
            && contains.all(|path| has(path, &[Contains]))
    }

    /// Describes the composite index that would serve the query.
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
