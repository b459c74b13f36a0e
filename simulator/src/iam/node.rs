//! Projects, folders and organisations as they are stored.

use serde::{Deserialize, Serialize};

/// A project, folder or organisation; keyed `projects/p`, `folders/1`,
/// `organizations/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Node {
    pub(crate) number: u64,
    /// `folders/1` or `organizations/1`.
    pub(crate) parent: Option<String>,
    /// Of a project: billing is disabled.
    #[serde(default)]
    pub(crate) billing_disabled: bool,
    /// Of a project: it is marked for deletion.
    #[serde(default)]
    pub(crate) deleted: bool,
}
