//! Custom roles as they are stored.

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
    /// Time of the soft delete. A deleted role grants nothing, and its ID
    /// cannot be reused.
    #[serde(default, rename = "deleted_at")]
    pub(crate) deleted: Option<Timestamp>,
    /// Whether it can no longer be undeleted or read.
    #[serde(default)]
    pub(crate) purged: bool,
    /// Number of changes; the etag.
    pub(crate) revision: u64,
}
