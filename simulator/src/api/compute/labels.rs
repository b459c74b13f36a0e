//! `setLabels` of kinds of resources.

use super::validate::{check_fingerprint, check_labels};
use crate::collection::{
    Kind,
    dialect::compute::{fingerprint, not_found},
    dialect::compute_operations as operations,
};
use crate::{ApiError, ApiResponse, Call, Cloud};

/// Replaces the labels. Their fingerprint is required (documented).
pub(super) fn set_labels(
    kind: &'static Kind,
    cloud: &mut Cloud,
    call: &Call,
    path: &str,
) -> Result<ApiResponse, ApiError> {
    check_labels(&call.body["labels"])?;
    let row = kind.row_mut(cloud, path).ok_or_else(|| not_found(path))?;
    let present = fingerprint(&row.body["labels"]);
    check_fingerprint(
        &call.body["labelFingerprint"],
        &present,
        "labels fingerprint",
    )?;
    row.body["labels"] = call.body["labels"].clone();
    row.touch(call.now);
    let id = row.uid.clone();
    Ok(operations::begin_timed(cloud, call, "setLabels", path, &id))
}
