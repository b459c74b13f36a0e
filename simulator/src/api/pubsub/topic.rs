//! Topics as they are stored and shown.

use super::duration::ProtoDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A topic in the API's JSON form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Topic {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) labels: BTreeMap<String, String>,
    /// Stored without effect, as there is no seek.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) message_retention_duration: Option<ProtoDuration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) message_storage_policy: Option<Value>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) kms_key_name: String,
}
