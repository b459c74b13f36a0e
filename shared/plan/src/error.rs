//! What can fail, and what to do about it.

use crate::{RecordStoreError, ResourceId};
use gcp::{Class, Classify, OperationError};
use thiserror::Error;

/// Something could not be done with a resource.
#[derive(Debug, Error)]
#[error("{doing} {}; next: {}", named(.id.as_ref()), advice(.id.as_ref(), .fault))]
pub struct Error {
    /// What was being done.
    pub doing: &'static str,
    /// With what; the deployment record, if with no resource.
    pub id: Option<ResourceId>,
    /// Why not.
    #[source]
    pub fault: Fault,
}

/// Why something could not be done.
#[derive(Debug, Error)]
pub enum Fault {
    /// A call failed.
    #[error(transparent)]
    Call(#[from] gcp::Error),
    /// Google's long-running operation failed.
    #[error("the operation failed: {:?}", .0.codes)]
    Operation(OperationError),
    /// It is still not done.
    #[error("the operation is still running")]
    Slow,
    /// The bucket's retention policy is locked.
    #[error("the bucket's retention policy is locked: what it holds cannot be deleted")]
    Locked,
    /// A policy was not what was written, right after the write.
    #[error("the policy is not what was written")]
    Overwritten,
    /// It cannot be made as the manifest has it.
    #[error("{0}")]
    Refused(String),
    /// The deployment record could not be read or written.
    #[error("the deployment record")]
    Record(#[from] RecordStoreError),
}

impl Classify for Error {
    fn class(&self) -> Class {
        match &self.fault {
            Fault::Call(error) => error.class(),
            Fault::Operation(error) => match error.http_status {
                Some(401 | 403) => Class::Denied,
                Some(408 | 429 | 500..=599) => Class::Transient,
                Some(409 | 412) => Class::Conflict,
                Some(_) | None => Class::Invalid,
            },
            Fault::Locked | Fault::Refused(_) => Class::Invalid,
            Fault::Overwritten => Class::Conflict,
            Fault::Slow => Class::Transient,
            Fault::Record(error) => error.class(),
        }
    }
}

fn named(id: Option<&ResourceId>) -> String {
    id.map_or_else(|| "the deployment record".to_owned(), ResourceId::to_string)
}

fn advice(id: Option<&ResourceId>, fault: &Fault) -> &'static str {
    let error = match fault {
        Fault::Call(error) => error,
        Fault::Record(RecordStoreError::Call(error)) => error,
        Fault::Locked => return "keep the bucket, or wait until its retention is over",
        Fault::Refused(_) => return "change the manifest",
        Fault::Operation(_)
        | Fault::Slow
        | Fault::Overwritten
        | Fault::Record(RecordStoreError::Conflict | RecordStoreError::Unreadable(_)) => {
            return "run it again; what is done stays done";
        }
    };
    let text = error.to_string();
    let says = |words: &str| text.contains(words);
    if says("illing") && (error.is_denied() || error.status() == Some(400)) {
        return "link an open billing account to the project, and run it again";
    }
    if matches!(id, Some(ResourceId::Policy(_))) && says("larger than the maximum allowed size") {
        return "take principals out of the policy, or put some into a group, and run it again";
    }
    if error.reason() == "resourceInUseByAnotherResource" {
        return "wait until what Google names is gone, or delete it, and run it again";
    }
    if crate::resource::is_api_off(error) {
        return "enable the API that Google names, and run it again";
    }
    match (id, error.class()) {
        (Some(ResourceId::Bucket(_)), Class::Denied | Class::Conflict) => {
            "the bucket may be somebody else's: choose another name (`bucket:` in the spec), or \
             have its owner let you in"
        }
        (_, Class::Denied) => {
            "have the project's owner grant you the permission that Google names, and run it again"
        }
        (_, Class::Conflict) => "somebody else is changing it: run it again",
        (_, Class::Transient) => "run it again; what is done stays done",
        (_, Class::Invalid) => "correct what Google names in the manifest",
        (_, Class::Bug) => "this is a defect of groundcrew's: report it",
    }
}
