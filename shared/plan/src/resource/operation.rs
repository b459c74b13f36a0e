//! The results of deletions and of long-running operations.

use crate::Fault;
use names::Timestamp;

/// The result of deleting a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deletion {
    Done,
    /// Google keeps it, until this time where that is known.
    Retained(Option<Timestamp>),
}

/// The numeric id of the resource that a finished Compute operation was on.
pub(super) fn target_id(operation: gcp::Operation) -> Result<Option<String>, Fault> {
    match (operation.error, operation.done) {
        (Some(error), _) => Err(Fault::Operation(error)),
        (None, true) => Ok(operation.target_id),
        (None, false) => Err(Fault::OperationTimeout),
    }
}

/// The result of a deletion in Cloud KMS, which answers with an operation. The
/// resource is gone when the deletion is accepted, so the operation is not
/// waited for.
pub(super) fn accepted(operation: gcp::Operation) -> Result<Deletion, Fault> {
    match operation.error {
        Some(error) => Err(Fault::Operation(error)),
        None => Ok(Deletion::Done),
    }
}
