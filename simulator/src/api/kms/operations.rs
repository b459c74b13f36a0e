//! Long-running operations of deletes: begun and found again.

use super::{
    name,
    operation::{Operation, shown},
    shown::answer,
};
use crate::{Answer, ApiError, Call, Cloud, iam::hash};
use names::Duration;

/// How long a delete runs. A guess.
const RUNS: Duration = Duration::from_secs(2);

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
