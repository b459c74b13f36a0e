//! Long-running operations: deletes. What is deleted is gone at once; its
//! operation is done a little later.

use super::{name, shown::answer};
use crate::{Answer, ApiError, Call, Cloud, iam::hash};
use names::{Duration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How long a delete runs. A guess.
const RUNS: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Operation {
    done: Timestamp,
    metadata: String,
}

fn shown(name: &str, operation: &Operation, now: Timestamp) -> Value {
    let metadata = format!(
        "type.googleapis.com/google.cloud.kms.v1.{}",
        operation.metadata
    );
    let mut shown = json!({ "name": name, "metadata": { "@type": metadata } });
    if operation.done <= now {
        shown["done"] = true.into();
        shown["response"] = json!({ "@type": "type.googleapis.com/google.protobuf.Empty" });
    }
    shown
}

/// The operation that deletes `target`.
pub(super) fn begin(
    cloud: &mut Cloud,
    call: &Call,
    target: &str,
    metadata: &str,
) -> Result<Answer, ApiError> {
    let id = hash(&["kms", target, &call.now.to_string()]);
    let name = format!("{}/operations/{id:016x}", name::location(cloud, call)?);
    let operation = Operation {
        done: call.now + RUNS,
        metadata: metadata.to_owned(),
    };
    let body = shown(&name, &operation, call.now);
    cloud.kms.operations.insert(name, operation);
    answer(call, body)
}

pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let location = name::location(cloud, call)?;
    let name = format!("{location}/operations/{}", call.path("operation"));
    let found = cloud.kms.operations.get(&name);
    let operation =
        found.ok_or_else(|| ApiError::not_found(format!("Operation {name} not found.")))?;
    answer(call, shown(&name, operation, call.now))
}
