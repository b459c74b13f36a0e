//! Long-running operations: three dialects, one type.

use crate::{Client, Error, ErrorKind, Request, ResponseKind, rpc};
use names::{Duration, Timestamp};
use serde_json::Value;
use thiserror::Error;

/// A long-running operation, as it was when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its name, to ask for it again.
    pub name: String,
    /// Whether it is over.
    pub done: bool,
    /// Why it failed, if it did.
    pub error: Option<OperationError>,
    /// The numeric id of what it makes or changes, where it says one.
    pub target_id: Option<String>,
}

/// Why an operation failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationError {
    /// Each error's code and message.
    pub codes: Vec<(String, String)>,
    /// The zones that a stockout names as having room.
    pub zones_available: Vec<String>,
    /// The HTTP status that it stands for, where it says one.
    pub http_status: Option<u16>,
}

/// An answer that is no operation.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not an operation: {0}")]
pub struct InvalidOperation(String);

impl Operation {
    /// Reads the dialect of a method whose answer is `answer`.
    ///
    /// # Errors
    /// `answer` is no operation, or `value` is none.
    pub fn read(answer: ResponseKind, value: &Value) -> Result<Self, InvalidOperation> {
        match answer {
            ResponseKind::ComputeOperation => Self::from_compute(value),
            ResponseKind::Operation => Self::from_rpc(value),
            ResponseKind::ContainerOperation => Self::from_container(value),
            ResponseKind::Json | ResponseKind::Media | ResponseKind::Empty => {
                Err(InvalidOperation("the method answers none".into()))
            }
        }
    }

    /// Compute's: `status: DONE`, `error.errors[]`, `httpErrorStatusCode`.
    ///
    /// # Errors
    /// It has no name.
    pub fn from_compute(value: &Value) -> Result<Self, InvalidOperation> {
        let error = value.get("error").map(|error| OperationError {
            codes: codes(&error["errors"]),
            zones_available: zones_available(error),
            http_status: value["httpErrorStatusCode"]
                .as_u64()
                .and_then(|status| status.try_into().ok()),
        });
        Self::named(value, value["status"] == "DONE", error)
    }

    /// `google.longrunning.Operation`: `done`, `response` or `error`.
    ///
    /// # Errors
    /// It has no name.
    pub fn from_rpc(value: &Value) -> Result<Self, InvalidOperation> {
        let done = value["done"].as_bool().unwrap_or(false);
        Self::named(value, done, value.get("error").map(from_status))
    }

    /// GKE's and Cloud SQL's: `status: DONE`, and in `error` a
    /// `google.rpc.Status` (GKE) or `errors[]` (Cloud SQL).
    ///
    /// # Errors
    /// It has no name.
    pub fn from_container(value: &Value) -> Result<Self, InvalidOperation> {
        let error = value
            .get("error")
            .map(|error| match error["errors"].is_array() {
                true => OperationError {
                    codes: codes(&error["errors"]),
                    zones_available: Vec::new(),
                    http_status: None,
                },
                false => from_status(error),
            });
        Self::named(value, value["status"] == "DONE", error)
    }

    fn named(
        value: &Value,
        done: bool,
        error: Option<OperationError>,
    ) -> Result<Self, InvalidOperation> {
        let name = value["name"]
            .as_str()
            .ok_or_else(|| InvalidOperation("it has no name".into()))?;
        Ok(Self {
            name: name.to_owned(),
            done,
            error,
            target_id: value["targetId"].as_str().map(str::to_owned),
        })
    }
}

impl OperationError {
    /// The same facts from a call that was refused at once: Compute reports a
    /// stockout or a quota either way. `None` if Google did not answer.
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
            | ErrorKind::Answer(_)
            | ErrorKind::Checksum(_)
            | ErrorKind::Request(_) => None,
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn codes(errors: &Value) -> Vec<(String, String)> {
    let pair = |error: &Value| (text(&error["code"]), text(&error["message"]));
    list(errors).iter().map(pair).collect()
}

fn from_status(status: &Value) -> OperationError {
    let (name, http) = rpc::canonical(status["code"].as_i64().unwrap_or(2));
    OperationError {
        codes: vec![(name.to_owned(), text(&status["message"]))],
        zones_available: Vec::new(),
        http_status: Some(http),
    }
}

/// `zonesAvailable` of every ErrorInfo in an error: an operation has them in
/// `errors[].errorDetails[].errorInfo.metadatas`, a refused call in
/// `details[].metadatas` or `.metadata`. Several are divided by commas, which
/// is unverified against Google.
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

const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Asks `get` until the operation is over or `deadline` has come by the
/// client's clock; answers it as it was last. Its dialect is that of `get`'s
/// method.
///
/// # Errors
/// A call failed. That the operation failed is in the answer.
pub async fn wait(client: &Client, get: &Request, deadline: Timestamp) -> Result<Operation, Error> {
    let mut left = deadline.since(client.clock().now());
    let mut pause = FIRST_WAIT;
    loop {
        let operation = client.operation(get).await?;
        // Counted down as well, so that a clock that stands still ends it.
        left = left.min(deadline.since(client.clock().now()));
        if operation.done || left.is_zero() {
            return Ok(operation);
        }
        pause = pause.min(left);
        tokio::time::sleep(pause).await;
        left -= pause;
        pause = (pause * 2).min(LONGEST_WAIT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::compute;
    use crate::testing::{Scripted, SetClock, answer};
    use names::Clock;
    use serde_json::json;

    #[test]
    fn three_dialects_are_one() {
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
        assert!(Operation::from_rpc(&json!({"done": true})).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn waits_until_done_or_the_deadline() {
        let clock = SetClock::new();
        let get = compute::zone_operation(
            &"project-1".parse().expect("valid"),
            &"us-central1-a".parse().expect("valid"),
            "operation-1",
        );
        let after = |deadline: u64, done_at: usize| {
            let scripted = Scripted::new(move |n, _| {
                let status = if n >= done_at { "DONE" } else { "RUNNING" };
                answer(200, json!({"name": "operation-1", "status": status}))
            });
            let client = scripted.client(&clock);
            let deadline = clock.now() + Duration::from_secs(deadline);
            let get = get.clone();
            async move { wait(&client, &get, deadline).await.expect("answers").done }
        };
        assert!(after(60, 3).await);
        assert!(!after(5, usize::MAX).await);
        assert!(!after(0, 1).await);
    }
}
