//! Methods on transactions.

use super::{
    path::database,
    wire::{TransactionOptions, transaction_id},
};
use crate::{ApiError, ApiResponse, Call, Cloud};
use serde_json::json;

/// `POST …/documents:beginTransaction`.
pub(super) fn begin(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let options = TransactionOptions::read(&call.body["options"])?;
    let options = options.unwrap_or(TransactionOptions::ReadWrite);
    let id = cloud.firestore.begin(&database(call), options, call.now)?;
    Ok(ApiResponse::Json(json!({ "transaction": id })))
}

/// `POST …/documents:rollback`.
pub(super) fn rollback(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let id = transaction_id(&call.body["transaction"])?.unwrap_or_default();
    cloud.firestore.rollback(&database(call), &id, call.now)?;
    Ok(ApiResponse::Json(json!({})))
}
