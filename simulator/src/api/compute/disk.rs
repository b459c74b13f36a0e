//! Persistent disks: as much of them as machines leave behind.

use names::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A zonal disk.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Disk {
    pub(super) id: String,
    /// `pd-standard`
    pub(super) kind: String,
    pub(super) size_gb: String,
    /// The path of the image that it was made of.
    pub(super) image: Option<String>,
    pub(super) labels: Value,
    pub(super) created: Timestamp,
}
