//! What was seen of a resource.

use crate::ResourceId;
use names::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A field's value, in the form in which two of them are compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// Compared as it is.
    Text(String),
    /// Compared item by item; the order means nothing.
    Set(BTreeSet<String>),
    /// Compared key by key.
    Map(BTreeMap<String, String>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// The fields of a resource that a plan speaks of, by name.
pub type Fields = BTreeMap<&'static str, Value>;

/// A resource as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedState {
    /// Its fields.
    pub fields: Fields,
    /// What tells it from another of the same name, where Google says so.
    pub uid: Option<String>,
    /// Whose it says it is.
    pub ownership: Ownership,
    /// Whether it lives.
    pub lifecycle: Lifecycle,
}

impl ObservedState {
    /// A resource of which nothing is known but that it exists.
    pub(crate) fn plain() -> Self {
        Self {
            fields: Fields::new(),
            uid: None,
            ownership: Ownership::Unmarkable,
            lifecycle: Lifecycle::Active,
        }
    }
}

/// Whose a resource says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership {
    /// Its kind has no place for a mark.
    Unmarkable,
    /// It could bear one and does not.
    Unmarked,
    /// The deployment of this name.
    MarkedBy(String),
}

/// Whether a resource lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifecycle {
    /// It does.
    Active,
    /// It is deleted, and can be brought back.
    SoftDeleted,
    /// What it holds is being destroyed, until then.
    Destroying(Option<Timestamp>),
    /// What it held is destroyed; it can go.
    Destroyed,
}

/// What was looked at: `None` is absent.
pub type Observed = BTreeMap<ResourceId, Option<ObservedState>>;
