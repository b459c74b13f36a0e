//! Writes that succeed or fail one by one.

use super::{
    commit::{commit_writes, writes},
    path::database,
};
use crate::{ApiError, ApiResponse, Call, Cloud};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// `POST …/documents:batchWrite`.
pub(super) fn run(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (database, writes) = (database(call), writes(call)?);
    cloud.firestore.database(&database)?;
    let names: BTreeSet<&str> = writes.iter().map(|write| write.name.as_str()).collect();
    if names.len() < writes.len() {
        return Err(ApiError::invalid(
            "A batch has at most one write of a document.",
        ));
    }
    let (mut results, mut statuses): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
    for write in writes {
        match commit_writes(cloud, &database, &[write], call.now) {
            Ok((mut result, _)) => {
                results.push(result.pop().unwrap_or_else(|| json!({})));
                statuses.push(json!({}));
            }
            Err(error) => {
                results.push(json!({}));
                statuses.push(json!({ "code": code(&error), "message": error.message }));
            }
        }
    }
    let body = match results.is_empty() {
        true => json!({}),
        false => json!({ "writeResults": results, "status": statuses }),
    };
    Ok(ApiResponse::Json(body))
}

/// The number of a canonical code that a write can fail with.
fn code(error: &ApiError) -> u8 {
    match error.code {
        "INVALID_ARGUMENT" => 3,
        "NOT_FOUND" => 5,
        "ALREADY_EXISTS" => 6,
        "FAILED_PRECONDITION" => 9,
        "ABORTED" => 10,
        _ => 2,
    }
}
