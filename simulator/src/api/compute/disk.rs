//! Persistent disks as they are stored.

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
    /// The path of the snapshot that it was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) snapshot: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    pub(super) labels: Value,
    pub(super) created: Timestamp,
}
