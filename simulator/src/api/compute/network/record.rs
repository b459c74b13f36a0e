//! Networks, subnetworks and firewall rules as they are stored.

use names::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One of them; keyed by its path.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::api::compute) struct Item {
    pub(super) id: String,
    pub(super) created: Timestamp,
    /// Until then its insert runs, and nothing can be put on it.
    pub(super) ready: Timestamp,
    pub(super) resource: Value,
}
