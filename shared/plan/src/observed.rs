//! The observed state of resources.

use crate::{Grant, ObservedGrant, ResourceId};
use names::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The value of a field, in a form that can be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum FieldValue {
    /// Compared as a whole.
    Text(String),
    /// Compared item by item, without order.
    Set(BTreeSet<String>),
    /// Compared key by key.
    Map(BTreeMap<String, String>),
    /// The grants of a policy, compared one by one.
    Grants(BTreeSet<ObservedGrant>),
}

impl FieldValue {
    pub(crate) fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self {
            return Some(text);
        }
        None
    }

    pub(crate) fn as_set(&self) -> Option<&BTreeSet<String>> {
        if let Self::Set(items) = self {
            return Some(items);
        }
        None
    }

    pub(crate) fn as_map(&self) -> Option<&BTreeMap<String, String>> {
        if let Self::Map(entries) = self {
            return Some(entries);
        }
        None
    }

    pub(crate) fn as_grants(&self) -> Option<&BTreeSet<ObservedGrant>> {
        if let Self::Grants(grants) = self {
            return Some(grants);
        }
        None
    }
}

/// A value of Google's JSON.
impl From<&Value> for FieldValue {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Text(String::new()),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => Self::Text(text(value)),
            Value::Array(items) => Self::Set(items.iter().map(text).collect()),
            Value::Object(entries) => {
                let entries = entries.iter();
                Self::Map(
                    entries
                        .map(|(key, value)| (key.clone(), text(value)))
                        .collect(),
                )
            }
        }
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

impl From<&str> for FieldValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// The fields of a resource that plans compare, by name.
pub type ObservedFields = BTreeMap<&'static str, FieldValue>;

/// The observed state of an existing resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedState {
    /// The fields that are compared with the desired ones.
    pub fields: ObservedFields,
    /// Unique id, which differs if the resource was recreated under the same
    /// name; `None` if its kind has none.
    pub uid: Option<String>,
    /// The deployment that it is marked with.
    pub ownership: Ownership,
    /// Whether it is in use, deleted or being destroyed.
    pub lifecycle: Lifecycle,
}

impl ObservedState {
    /// A resource of a kind that only exists or does not.
    pub(crate) fn existing() -> Self {
        Self {
            fields: ObservedFields::new(),
            uid: None,
            ownership: Ownership::Unmarkable,
            lifecycle: Lifecycle::Active,
        }
    }

    /// A resource whose API is disabled.
    pub(crate) fn hidden() -> Self {
        Self {
            lifecycle: Lifecycle::Hidden,
            ..Self::existing()
        }
    }

    /// Whether it may exist, but cannot be seen.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        self.lifecycle == Lifecycle::Hidden
    }

    /// The grants of a policy.
    pub fn grants(&self) -> impl Iterator<Item = &ObservedGrant> {
        let grants = self.fields.get("grants").and_then(FieldValue::as_grants);
        grants.into_iter().flatten()
    }

    /// Whether a policy has the grant.
    pub(crate) fn has(&self, grant: &Grant) -> bool {
        let grants = self.fields.get("grants").and_then(FieldValue::as_grants);
        grants.is_some_and(|grants| grants.contains(&grant.into()))
    }
}

/// Which deployment a resource is marked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership {
    /// Its kind has neither labels nor a description.
    Unmarkable,
    /// It could have a mark, and has none.
    Unmarked,
    /// It has the mark of the deployment of this name.
    MarkedBy(String),
}

/// Whether a resource is in use, deleted or being destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifecycle {
    /// It can be used.
    Active,
    /// It is deleted, and can be restored.
    SoftDeleted,
    /// Its contents are being destroyed; the last one at this time, if known.
    Destroying(Option<Timestamp>),
    /// Its contents are destroyed, and it can be deleted.
    Destroyed,
    /// Its API is disabled: whether it exists cannot be seen.
    Hidden,
}

/// What was observed; `None` if the resource does not exist.
pub type Observed = BTreeMap<ResourceId, Option<ObservedState>>;
