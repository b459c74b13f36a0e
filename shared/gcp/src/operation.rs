//! Long-running operations: one type for the three forms Google has.

use crate::{Error, ErrorKind, RefusalCause, ResponseKind, rpc};
use serde_json::Value;
use thiserror::Error;

/// The state of a long-running operation when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its name, by which it is read again; one that is done may have none.
    pub name: String,
    /// Whether it has succeeded or failed.
    pub done: bool,
    /// Why it failed, if it did.
    pub error: Option<OperationError>,
    /// The numeric ID of the resource that it creates or changes; Compute
    /// Engine only.
    pub target_id: Option<String>,
}

/// Why an operation failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationError {
    /// The code and message of each error.
    pub codes: Vec<(String, String)>,
    /// The zones that a stockout error names as having capacity.
    pub zones_available: Vec<String>,
    /// The HTTP status that corresponds to the error, if there is one.
    pub http_status: Option<u16>,
}

/// A response that cannot be read as an operation.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not an operation: {0}")]
pub struct InvalidOperation(String);

impl Operation {
    /// Reads an operation in the form that methods of `kind` return.
    ///
    /// # Errors
    /// Methods of `kind` return no operation, or `value` has no name.
    pub fn read(kind: ResponseKind, value: &Value) -> Result<Self, InvalidOperation> {
        match kind {
            ResponseKind::ComputeOperation => Self::from_compute(value),
            ResponseKind::Operation => Self::from_rpc(value),
            ResponseKind::ContainerOperation => Self::from_container(value),
            ResponseKind::Json | ResponseKind::Media | ResponseKind::Empty => {
                Err(InvalidOperation("the method does not return one".into()))
            }
        }
    }

    /// Compute Engine's form: `status: DONE`, `error.errors[]`,
    /// `httpErrorStatusCode`.
    ///
    /// # Errors
    /// `value` has no name.
    pub fn from_compute(value: &Value) -> Result<Self, InvalidOperation> {
        let error = value.get("error").map(|error| OperationError {
            codes: error_codes(&error["errors"]),
            zones_available: zones_available(error),
            http_status: value["httpErrorStatusCode"]
                .as_u64()
                .and_then(|status| status.try_into().ok()),
        });
        Self::new(value, value["status"] == "DONE", error)
    }

    /// `google.longrunning.Operation`: `done`, `response` or `error`.
    ///
    /// # Errors
    /// `value` has no name.
    pub fn from_rpc(value: &Value) -> Result<Self, InvalidOperation> {
        let done = value["done"].as_bool().unwrap_or(false);
        Self::new(value, done, value.get("error").map(from_rpc_status))
    }

    /// The form of GKE and Cloud SQL: `status: DONE`, and in `error` a
    /// `google.rpc.Status` (GKE) or `errors[]` (Cloud SQL).
    ///
    /// # Errors
    /// `value` has no name.
    pub fn from_container(value: &Value) -> Result<Self, InvalidOperation> {
        let error = value
            .get("error")
            .map(|error| match error["errors"].is_array() {
                true => OperationError {
                    codes: error_codes(&error["errors"]),
                    zones_available: Vec::new(),
                    http_status: None,
                },
                false => from_rpc_status(error),
            });
        Self::new(value, value["status"] == "DONE", error)
    }

    fn new(
        value: &Value,
        done: bool,
        error: Option<OperationError>,
    ) -> Result<Self, InvalidOperation> {
        // Nobody reads one again that is done: that of a folder's deletion has none.
        let name = value["name"].as_str().or_else(|| done.then_some(""));
        let name = name.ok_or_else(|| InvalidOperation("it has no name".into()))?;
        Ok(Self {
            name: name.to_owned(),
            done,
            error,
            target_id: value["targetId"].as_str().map(str::to_owned),
        })
    }
}

impl OperationError {
    /// Why it failed. Its request is no longer at hand, so a precondition that
    /// does not hold counts as one of the resource's state.
    #[must_use]
    pub fn cause(&self) -> RefusalCause {
        let codes: Vec<&str> = self.codes.iter().map(|(code, _)| code.as_str()).collect();
        let messages: Vec<&str> = self.codes.iter().map(|(_, text)| text.as_str()).collect();
        let status = self.http_status.unwrap_or(400);
        RefusalCause::of(status, &codes, &messages.join("; "), false)
    }

    /// The same details from a call that failed at once: Compute Engine
    /// reports a stockout or an exceeded quota either way. `None` if there was
    /// no response.
    #[must_use]
    pub fn from_call(error: &Error) -> Option<Self> {
        match &error.kind {
            ErrorKind::Status {
                status,
                reason,
                message,
                details,
                ..
            } => Some(Self {
                codes: vec![(reason.clone(), message.clone())],
                zones_available: zones_available(details),
                http_status: Some(*status),
            }),
            ErrorKind::Send(_)
            | ErrorKind::Token(_)
            | ErrorKind::InvalidResponse(_)
            | ErrorKind::Checksum(_)
            | ErrorKind::InvalidRequest(_) => None,
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn error_codes(errors: &Value) -> Vec<(String, String)> {
    let pair = |error: &Value| (text(&error["code"]), text(&error["message"]));
    list(errors).iter().map(pair).collect()
}

fn from_rpc_status(status: &Value) -> OperationError {
    let (name, http) = rpc::canonical_code(status["code"].as_i64().unwrap_or(2));
    OperationError {
        codes: vec![(name.to_owned(), text(&status["message"]))],
        zones_available: Vec::new(),
        http_status: Some(http),
    }
}

/// `zonesAvailable` of every ErrorInfo in an error. An operation has them in
/// `errors[].errorDetails[].errorInfo.metadatas`, a failed call in
/// `details[].metadatas` or `.metadata`. Several zones are separated by commas
/// (unverified against Google).
fn zones_available(error: &Value) -> Vec<String> {
    let in_errors = list(&error["errors"])
        .iter()
        .flat_map(|e| list(&e["errorDetails"]))
        .map(|detail| &detail["errorInfo"]);
    in_errors
        .chain(list(&error["details"]))
        .flat_map(|info| [&info["metadatas"], &info["metadata"]])
        .filter_map(|map| map["zonesAvailable"].as_str())
        .flat_map(|zones| zones.split(','))
        .map(|zone| zone.trim().to_owned())
        .filter(|zone| !zone.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_three_forms_are_read() {
        let stockout = json!({
            "name": "operation-1", "status": "DONE", "targetId": "42", "httpErrorStatusCode": 503,
            "error": {"errors": [{
                "code": "ZONE_RESOURCE_POOL_EXHAUSTED", "message": "no room",
                "errorDetails": [{"help": {}}, {"errorInfo": {
                    "reason": "resource_availability",
                    "metadatas": {"zonesAvailable": "us-central1-b, us-central1-c"}}}]
            }]}
        });
        let read = Operation::from_compute(&stockout).expect("an operation");
        assert!(read.done);
        assert_eq!(read.target_id.as_deref(), Some("42"));
        let error = read.error.expect("it failed");
        assert_eq!(error.http_status, Some(503));
        assert_eq!(error.codes[0].0, "ZONE_RESOURCE_POOL_EXHAUSTED");
        assert_eq!(error.zones_available, ["us-central1-b", "us-central1-c"]);

        let rpc =
            json!({"name": "operations/x", "done": true, "error": {"code": 7, "message": "no"}});
        let denied = Some(OperationError {
            codes: vec![("PERMISSION_DENIED".into(), "no".into())],
            zones_available: Vec::new(),
            http_status: Some(403),
        });
        assert_eq!(Operation::from_rpc(&rpc).expect("valid").error, denied);
        let gke = json!({"name": "o", "status": "DONE", "error": {"code": 7, "message": "no"}});
        assert_eq!(
            Operation::from_container(&gke).expect("valid").error,
            denied
        );
        let sql = json!({"name": "o", "status": "DONE",
            "error": {"errors": [{"code": "FULL", "message": "m"}]}});
        let error = Operation::from_container(&sql).expect("valid").error;
        assert_eq!(
            error.expect("it failed").codes,
            [("FULL".into(), "m".into())]
        );

        for running in [
            Operation::from_compute(&json!({"name": "o", "status": "RUNNING"})),
            Operation::from_rpc(&json!({"name": "o"})),
            Operation::from_container(&json!({"name": "o", "status": "PENDING"})),
        ] {
            let running = running.expect("valid");
            assert!(!running.done && running.error.is_none());
        }
        // As recorded of the deletion of a folder.
        let done = Operation::from_rpc(&json!({"done": true})).expect("valid");
        assert!(done.done && done.name.is_empty());
        assert!(Operation::from_rpc(&json!({"done": false})).is_err());
    }
}
