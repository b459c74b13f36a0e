//! Settings of single fields as they are stored and shown: which indexes they
//! have, and whether their times expire documents.

use super::{index::IndexMode, wire::enum_name};
use crate::ApiError;
use names::{Duration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What has been set for a field; keyed by its full name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct FieldSettings {
    /// Without them, the field has the indexes of all fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) indexes: Option<Vec<SingleFieldIndex>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ttl: Option<Ttl>,
}

/// An index on one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SingleFieldIndex {
    pub(super) mode: IndexMode,
    pub(super) group: bool,
    /// When it is built, and serves queries.
    pub(super) ready: Timestamp,
}

/// The times in a field, plus an offset, are those at which documents expire.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Ttl {
    pub(super) offset: Duration,
    /// When it holds for the documents that were there before it.
    pub(super) ready: Timestamp,
}

/// The indexes that every field has unless its settings say otherwise.
pub(super) const AUTOMATIC: [SingleFieldIndex; 3] = [
    automatic(IndexMode::Ascending),
    automatic(IndexMode::Descending),
    automatic(IndexMode::Contains),
];

const fn automatic(mode: IndexMode) -> SingleFieldIndex {
    SingleFieldIndex {
        mode,
        group: false,
        ready: Timestamp::from_seconds(0),
    }
}

impl SingleFieldIndex {
    /// Reads an index of `IndexConfig`.
    fn read(value: &Value, ready: Timestamp) -> Result<Self, ApiError> {
        let invalid = |what: &str| {
            ApiError::invalid(format!("Invalid value at 'index_config.indexes': {what}."))
        };
        let [field] = value["fields"].as_array().map_or(&[][..], Vec::as_slice) else {
            return Err(invalid("an index of a field has one field"));
        };
        let scopes = ["QUERY_SCOPE_UNSPECIFIED", "COLLECTION", "COLLECTION_GROUP"];
        let orders = ["ORDER_UNSPECIFIED", "ASCENDING", "DESCENDING"];
        let contains = enum_name(&field["arrayConfig"], &["", "CONTAINS"]);
        let mode = match (enum_name(&field["order"], &orders), contains) {
            (Some("ASCENDING"), None) => IndexMode::Ascending,
            (Some("DESCENDING"), None) => IndexMode::Descending,
            (None, Some("CONTAINS")) => IndexMode::Contains,
            _ => return Err(invalid("an index has either order or arrayConfig")),
        };
        let scope = enum_name(&value["queryScope"], &scopes);
        Ok(Self {
            mode,
            group: scope == Some("COLLECTION_GROUP"),
            ready,
        })
    }

    /// The index as part of an `IndexConfig`.
    pub(super) fn json(&self, path: &str, now: Timestamp) -> Value {
        let (key, value) = self.mode.json();
        json!({
            "fields": [{ "fieldPath": path, key: value }],
            "queryScope": if self.group { "COLLECTION_GROUP" } else { "COLLECTION" },
            "state": if self.ready <= now { "READY" } else { "CREATING" },
        })
    }
}

/// Reads the `IndexConfig` of a field; `null` takes the settings away. Indexes
/// that the field has already are ready when they were.
pub(super) fn read_indexes(
    value: &Value,
    old: &[SingleFieldIndex],
    ready: Timestamp,
) -> Result<Option<Vec<SingleFieldIndex>>, ApiError> {
    if value.is_null() {
        return Ok(None);
    }
    let indexes = value["indexes"].as_array().into_iter().flatten();
    let read = indexes.map(|index| {
        let new = SingleFieldIndex::read(index, ready)?;
        let same = |old: &&SingleFieldIndex| (old.mode, old.group) == (new.mode, new.group);
        Ok(old.iter().find(same).copied().unwrap_or(new))
    });
    read.collect::<Result<_, _>>().map(Some)
}

impl Ttl {
    /// Reads the `TtlConfig` of a field; `null` takes the settings away.
    pub(super) fn read(value: &Value, ready: Timestamp) -> Result<Option<Self>, ApiError> {
        if value.is_null() {
            return Ok(None);
        }
        let given = &value["expirationOffset"];
        let seconds = match given.as_str() {
            Some(text) => text.strip_suffix('s').and_then(|n| n.parse::<u32>().ok()),
            None => given.is_null().then_some(0),
        };
        let in_range = seconds.filter(|seconds| i32::try_from(*seconds).is_ok());
        let seconds = in_range.ok_or_else(|| {
            ApiError::invalid(format!(
                "Invalid value at 'ttl_config.expiration_offset': {given} is not a number of whole seconds from 0s to 2147483647s."
            ))
        })?;
        let offset = Duration::from_secs(seconds.into());
        Ok(Some(Self { offset, ready }))
    }

    pub(super) fn json(&self, now: Timestamp) -> Value {
        let mut json = json!({ "state": if self.ready <= now { "ACTIVE" } else { "CREATING" } });
        if !self.offset.is_zero() {
            json["expirationOffset"] = format!("{}s", self.offset.as_secs()).into();
        }
        json
    }
}
