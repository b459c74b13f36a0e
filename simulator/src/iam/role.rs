//! Custom roles.

use names::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A custom role; keyed `projects/p/roles/r` or `organizations/1/roles/r`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Role {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) permissions: BTreeSet<String>,
    pub(crate) stage: String,
    /// When it was soft-deleted: it grants nothing, and its id stays taken.
    #[serde(default, rename = "deleted_at")]
    pub(crate) deleted: Option<Timestamp>,
    /// Deleted too long ago to come back, or to be seen.
    #[serde(default)]
    pub(crate) purged: bool,
    /// Counts changes; the etag.
    pub(crate) revision: u64,
}
