//! The fields that are read of operations.

/// Of a `google.longrunning.Operation`.
pub(super) const OPERATION: &[&str] = &["name", "done", "error"];

/// Of an operation of Compute Engine.
pub(super) const COMPUTE_OPERATION: &[&str] = &[
    "name",
    "status",
    "targetId",
    "httpErrorStatusCode",
    "error.errors.code",
    "error.errors.message",
    "error.errors.errorDetails.errorInfo.metadatas",
];
