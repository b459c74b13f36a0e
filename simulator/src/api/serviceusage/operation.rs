//! Long-running operations of changes.

use names::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ChangeKind {
    Enable,
    BatchEnable,
    Disable,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Operation {
    /// Project ID and number.
    pub(super) project: (String, u64),
    pub(super) apis: Vec<String>,
    pub(super) kind: ChangeKind,
    pub(super) done: Timestamp,
}
