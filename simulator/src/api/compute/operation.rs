//! Operations as they are stored and shown.

use super::reference::make_links_absolute;
use crate::ApiError;
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
pub(super) struct Operation {
    pub(super) id: String,
    /// `projects/p/zones/z`, `projects/p/regions/r` or `projects/p/global`
    pub(super) scope: String,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) target: String,
    pub(super) target_id: String,
    pub(super) user: String,
    pub(super) begun: Timestamp,
    pub(super) ended: Option<Timestamp>,
    pub(super) error: Option<OperationError>,
}

impl Operation {
    pub(super) fn path(&self) -> String {
        format!("{}/operations/{}", self.scope, self.name)
    }

    pub(super) fn json(&self, origin: &str) -> Value {
        let done = self.ended.is_some();
        let mut json = json!({
            "kind": "compute#operation",
            "id": self.id,
            "name": self.name,
            "operationType": self.kind,
            "targetLink": self.target,
            "targetId": self.target_id,
            "status": if done { "DONE" } else { "RUNNING" },
            "progress": if done { 100 } else { 0 },
            "user": self.user,
            "insertTime": self.begun,
            "startTime": self.begun,
            "selfLink": self.path(),
        });
        for (place, field) in [("/zones/", "zone"), ("/regions/", "region")] {
            if self.scope.contains(place) {
                json[field] = self.scope.as_str().into();
            }
        }
        if let Some(ended) = self.ended {
            json["endTime"] = json!(ended);
        }
        if let Some(error) = &self.error {
            json["httpErrorStatusCode"] = error.http_status.into();
            json["httpErrorMessage"] = error.http_message.clone().into();
            let mut item = json!({ "code": error.code, "message": error.message });
            if !error.details.is_empty() {
                item["errorDetails"] = error.details.clone().into();
            }
            json["error"] = json!({ "errors": [item] });
        }
        make_links_absolute(&mut json, origin);
        json
    }
}

impl OperationError {
    /// The same error as the response to the insert request itself. It is
    /// unverified that the reason of a stockout there is its code.
    pub(super) fn into_api_error(self) -> ApiError {
        let denied = self.http_status == 403;
        let details = self.details.iter().map(|detail| {
            let (kind, from) = if denied {
                ("QuotaFailure", "quotaInfo")
            } else {
                ("ErrorInfo", "errorInfo")
            };
            let mut detail: Value = detail[from].clone();
            detail["@type"] = format!("type.googleapis.com/google.rpc.{kind}").into();
            detail
        });
        ApiError {
            status: self.http_status,
            code: if denied {
                "PERMISSION_DENIED"
            } else {
                "UNAVAILABLE"
            },
            reason: match (denied, self.details.is_empty()) {
                (true, _) => "quotaExceeded",
                (false, true) => "ZONE_RESOURCE_POOL_EXHAUSTED",
                (false, false) => "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS",
            },
            message: self.message,
            details: details.collect(),
        }
    }
}
