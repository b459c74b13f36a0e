//! Databases as they are stored and shown.

use base64::{Engine, prelude::BASE64_STANDARD};
use names::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Database {
    pub(super) created: Timestamp,
    pub(super) location: String,
    pub(super) protected: bool,
    pub(super) last_commit: Timestamp,
}

impl Database {
    pub(super) fn json(&self, name: &str) -> Value {
        let protection = if self.protected {
            "ENABLED"
        } else {
            "DISABLED"
        };
        json!({
            "name": name,
            "uid": format!("{:032x}", self.created.as_micros()),
            "createTime": self.created,
            "updateTime": self.created,
            "earliestVersionTime": self.created,
            "locationId": self.location,
            "type": "FIRESTORE_NATIVE",
            "databaseEdition": "STANDARD",
            "concurrencyMode": "PESSIMISTIC",
            "appEngineIntegrationMode": "DISABLED",
            "versionRetentionPeriod": "3600s",
            "pointInTimeRecoveryEnablement": "POINT_IN_TIME_RECOVERY_DISABLED",
            "deleteProtectionState": format!("DELETE_PROTECTION_{protection}"),
            "etag": BASE64_STANDARD.encode(self.created.as_micros().to_be_bytes()),
        })
    }
}
