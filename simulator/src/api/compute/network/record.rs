//! Networks, subnetworks and firewall rules as they are stored.

use names::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A network, subnetwork or firewall rule; keyed by its path.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::api::compute) struct NetworkResource {
    pub(super) id: String,
    pub(super) created: Timestamp,
    /// When its insert completes. Nothing can be attached to it before.
    pub(super) ready: Timestamp,
    pub(super) resource: Value,
}
