//! What was seen of a resource.

use crate::Id;
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
pub struct Seen {
    /// Its fields.
    pub fields: Fields,
    /// What tells it from another of the same name, where Google says so.
    pub uid: Option<String>,
    /// Whose it says it is.
    pub mark: Mark,
    /// Whether it lives.
    pub life: Life,
}

impl Seen {
    /// A resource of which nothing is known but that it exists.
    pub(crate) fn plain() -> Self {
        Self {
            fields: Fields::new(),
            uid: None,
            mark: Mark::Impossible,
            life: Life::Live,
        }
    }
}

/// Whose a resource says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// Its kind has no place for a mark.
    Impossible,
    /// It could bear one and does not.
    None,
    /// The deployment of this name.
    Of(String),
}

/// Whether a resource lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It does.
    Live,
    /// It is deleted, and can be brought back.
    Deleted,
    /// What it holds is being destroyed, until then.
    Ending(Option<Timestamp>),
    /// What it held is destroyed; it can go.
    Ended,
}

/// What was looked at: `None` is absent.
pub type Observed = BTreeMap<Id, Option<Seen>>;
