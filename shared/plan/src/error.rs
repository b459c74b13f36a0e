//! Errors, and what the user can do about them.

use crate::{PolicyTarget, ResourceId};
use gcp::{Class, Classify, OperationError, RefusalCause};
use std::borrow::Cow;
use thiserror::Error;

/// An operation on a resource failed. `Display` names both, and the next step.
#[derive(Debug, Error)]
#[error("{operation} {}; next: {}", display_name(.id.as_ref()), advice(.id.as_ref(), .fault))]
pub struct Error {
    /// The operation, as a participle (`creating`).
    pub operation: &'static str,
    /// The resource; `None` stands for the deployment record.
    pub id: Option<ResourceId>,
    /// The cause.
    #[source]
    pub fault: Fault,
}

/// Why an operation failed.
#[derive(Debug, Error)]
pub enum Fault {
    /// A call failed.
    #[error(transparent)]
    Call(#[from] gcp::Error),
    /// Google's long-running operation failed.
    #[error("the operation failed: {:?}", .0.codes)]
    Operation(OperationError),
    /// A long-running operation did not finish in time.
    #[error("the operation did not finish in time")]
    OperationTimeout,
    /// The bucket's retention policy is locked.
    #[error("the bucket's retention policy is locked: its objects cannot be deleted")]
    RetentionLocked,
    /// The answer to the write of a policy does not have the written bindings.
    #[error("the policy differs from what was written")]
    PolicyMismatch,
    /// The manifest cannot be satisfied.
    #[error("{0}")]
    Refused(String),
    /// It is in use: by what, and where.
    #[error("{0}")]
    InUse(String),
    /// Whether it is in use is not known: these zones cannot be listed now.
    #[error("Google cannot list those in {0} now")]
    Unlisted(String),
    /// The deployment record could not be read or written.
    #[error("the deployment record")]
    Record(#[from] RecordStoreError),
}

/// Why the deployment record could not be read or written.
#[derive(Debug, Error)]
pub enum RecordStoreError {
    /// Someone else wrote the record concurrently.
    #[error("someone else wrote it concurrently")]
    Conflict,
    /// The stored data is not a deployment record.
    #[error("it is not a deployment record: {0}")]
    Unreadable(String),
    /// A call failed.
    #[error(transparent)]
    Call(gcp::Error),
}

impl Classify for RecordStoreError {
    fn class(&self) -> Class {
        match self {
            Self::Conflict => Class::Conflict,
            Self::Unreadable(_) => Class::Bug,
            Self::Call(error) => error.class(),
        }
    }
}

impl Classify for Error {
    fn class(&self) -> Class {
        match &self.fault {
            Fault::Call(error) => error.class(),
            Fault::Operation(error) => error.cause().class(),
            Fault::RetentionLocked | Fault::Refused(_) => Class::Invalid,
            Fault::PolicyMismatch | Fault::InUse(_) => Class::Conflict,
            Fault::OperationTimeout | Fault::Unlisted(_) => Class::Transient,
            Fault::Record(error) => error.class(),
        }
    }
}

fn display_name(id: Option<&ResourceId>) -> String {
    id.map_or_else(|| "the deployment record".to_owned(), ResourceId::to_string)
}

fn advice(id: Option<&ResourceId>, fault: &Fault) -> Cow<'static, str> {
    let by_cause = match fault {
        Fault::Call(error) | Fault::Record(RecordStoreError::Call(error)) => error.advice(),
        Fault::Operation(error) => error.cause().advice().map(str::to_owned),
        Fault::OperationTimeout
        | Fault::RetentionLocked
        | Fault::PolicyMismatch
        | Fault::InUse(_)
        | Fault::Unlisted(_)
        | Fault::Refused(_)
        | Fault::Record(RecordStoreError::Conflict | RecordStoreError::Unreadable(_)) => None,
    };
    match by_cause {
        Some(advice) => format!("{advice}, and run it again").into(),
        None => advice_in_context(id, fault).into(),
    }
}

/// What to do about a fault whose cause does not say it.
fn advice_in_context(id: Option<&ResourceId>, fault: &Fault) -> &'static str {
    let error = match fault {
        Fault::Call(error) => error,
        Fault::Record(RecordStoreError::Call(error)) => error,
        Fault::RetentionLocked => return "keep the bucket, or wait until its retention period ends",
        Fault::Refused(_) if matches!(id, Some(ResourceId::Bucket(_))) => {
            return "choose another bucket (`bucket:` in the spec)";
        }
        Fault::Refused(_) => return "do what the reason says, or correct the spec",
        Fault::InUse(_) => {
            return "end the jobs with `groundcrew job cancel`, or delete the machines, and run \
                    it again";
        }
        Fault::Operation(_)
        | Fault::OperationTimeout
        | Fault::PolicyMismatch
        | Fault::Unlisted(_)
        | Fault::Record(RecordStoreError::Conflict) => {
            return "run it again; completed steps are not repeated";
        }
        Fault::Record(RecordStoreError::Unreadable(_)) => {
            return "restore `groundcrew/deployment.json` in the bucket, or delete it, so that \
                    the marks of what exists count, and run it again";
        }
    };
    let text = error.to_string();
    let is_too_large = text.contains("larger than the maximum allowed size");
    if matches!(id, Some(ResourceId::Policy(_))) && is_too_large {
        return "remove principals from the policy, or put some into a group, and run it again";
    }
    if error.reason() == "resourceInUseByAnotherResource" {
        return "delete the resource that Google names, or wait until it is gone, and run it again";
    }
    match (id, error.class()) {
        (Some(ResourceId::Bucket(_)), Class::Denied | Class::Conflict) => {
            "the bucket may belong to someone else: choose another name (`bucket:` in the spec), \
             or ask its owner for access"
        }
        (_, Class::Denied) => {
            "ask the project's owner for the permission that Google names, and run it again"
        }
        (_, Class::Conflict) => "someone else changed it concurrently: run it again",
        (_, Class::Transient) => "run it again; completed steps are not repeated",
        (
            Some(
                ResourceId::Ring(_) | ResourceId::Key(_) | ResourceId::Policy(PolicyTarget::Key(_)),
            ),
            Class::Invalid,
        ) => {
            "correct what Google names, such as the place of keys (`kms_location:`, by default \
             `location:`, in the spec)"
        }
        (Some(ResourceId::Bucket(_)), Class::Invalid) => {
            "correct what Google names, such as the place (`location:` in the spec)"
        }
        (_, Class::Invalid) => "correct in the spec what Google names",
        (_, Class::Bug) => "this is a bug in groundcrew: report it",
    }
}

/// Whether there is nothing to see: it does not exist, or its API is not enabled.
#[must_use]
pub fn is_absent(error: &gcp::Error) -> bool {
    error.is_not_found() || is_api_disabled(error)
}

/// Whether a call was refused because its API is not enabled.
pub(crate) fn is_api_disabled(error: &gcp::Error) -> bool {
    error.cause() == Some(RefusalCause::ApiDisabled)
}
