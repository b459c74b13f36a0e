//! Errors of the job flow.

use gcp::{Class, Classify};
use names::JobId;
use thiserror::Error;

/// An error of the job flow.
#[derive(Debug, Error)]
pub enum Error {
    /// The ledger could not be read or written.
    #[error("ledger")]
    Ledger(#[from] ledger::Error),
    /// A call to one of Google's APIs failed.
    #[error("{doing} of job {job}")]
    Call {
        /// The operation that failed, such as `deleting the machine`.
        doing: &'static str,
        /// The job that it was for.
        job: JobId,
        /// The call's error.
        #[source]
        source: gcp::Error,
    },
    /// An object in the bucket, or a response, is not in groundcrew's format.
    #[error("{what} of job {job} cannot be read: {fault}")]
    Unreadable {
        /// The part that cannot be read, such as `the claim`.
        what: &'static str,
        /// The job that it was for.
        job: JobId,
        /// What is wrong with it.
        fault: String,
    },
    /// An event could not be published.
    #[error("publishing")]
    Publish(#[source] gcp::Error),
    /// The machines could not be listed.
    #[error("listing the machines")]
    Inventory(#[source] gcp::Error),
}

impl Classify for Error {
    fn class(&self) -> Class {
        match self {
            Self::Ledger(error) => error.class(),
            Self::Call { source, .. } | Self::Publish(source) | Self::Inventory(source) => {
                source.class()
            }
            Self::Unreadable { .. } => Class::Bug,
        }
    }
}

/// The error of a call that was made to do something for a job.
pub(crate) fn failed(doing: &'static str, id: &JobId) -> impl FnOnce(gcp::Error) -> Error {
    let job = id.clone();
    move |source| Error::Call { doing, job, source }
}

/// The error of what was read and makes no sense.
pub(crate) fn unreadable(
    what: &'static str,
    id: &JobId,
) -> impl FnOnce(serde_json::Error) -> Error {
    let job = id.clone();
    move |fault| Error::Unreadable {
        what,
        job,
        fault: fault.to_string(),
    }
}
