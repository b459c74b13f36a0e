//! Persistent disks: the subset of them that machines create and leave behind.

use names::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A zonal disk.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Disk {
    pub(super) id: String,
    /// The disk type, such as `pd-standard`.
    pub(super) kind: String,
    pub(super) size_gb: String,
    /// The path of the source image.
    pub(super) image: Option<String>,
    pub(super) labels: Value,
    pub(super) created: Timestamp,
}
