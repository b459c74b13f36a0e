//! Long-running operations of all APIs as they are stored, and most of them as
//! they are shown.

use names::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Why an operation failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct OperationError {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) details: Vec<Value>,
    pub(crate) http_status: u16,
    pub(crate) http_message: String,
}

/// An operation. It is kept for good, as a repeated request ID returns it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Operation {
    pub(crate) id: String,
    /// The last segment of its path.
    pub(crate) name: String,
    /// What holds it: `projects/p/zones/z`, `projects/p/locations/l`; empty if
    /// nothing does.
    pub(crate) scope: String,
    /// The method (`insert`).
    pub(crate) kind: String,
    pub(crate) target: String,
    pub(crate) target_id: String,
    pub(crate) user: String,
    /// The ID of the request that began it, if it had one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) request: String,
    pub(crate) begun: Timestamp,
    /// When it completes, if that is known yet.
    pub(crate) ended: Option<Timestamp>,
    pub(crate) error: Option<OperationError>,
    /// Of `google.longrunning.Operation`: its metadata and response.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub(crate) metadata: Value,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub(crate) response: Value,
    /// The API that began it (`cloudkms`), if it is not Compute Engine.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) api: String,
}

impl Operation {
    pub(crate) fn path(&self) -> String {
        match self.scope.as_str() {
            "" => format!("operations/{}", self.name),
            scope => format!("{scope}/operations/{}", self.name),
        }
    }

    pub(crate) fn is_done(&self, now: Timestamp) -> bool {
        self.ended.is_some_and(|ended| ended <= now)
    }

    /// The form of `google.longrunning.Operation`.
    pub(crate) fn to_json(&self, now: Timestamp) -> Value {
        let mut json = json!({ "name": self.path() });
        // Resource Manager v1 says that a project is ready once it is.
        let premature = self.metadata["ready"] == true && !self.is_done(now);
        if !self.metadata.is_null() && !premature {
            json["metadata"] = self.metadata.clone();
        }
        if self.is_done(now) {
            // Firestore's metadata repeats it.
            if json["metadata"]["state"] == "PROCESSING" {
                json["metadata"]["state"] = "SUCCESSFUL".into();
                json["metadata"]["endTime"] = json!(self.ended);
            }
            json["done"] = true.into();
            json["response"] = self.response.clone();
        }
        json
    }
}
