//! What can fail in the job flow.

use gcp::{Class, Classify};
use names::JobId;
use thiserror::Error;

/// The job flow could not do what it decided.
#[derive(Debug, Error)]
pub enum Error {
    /// The ledger could not be read or written.
    #[error("ledger")]
    Ledger(#[from] ledger::Error),
    /// A call to one of Google's APIs failed.
    #[error("{doing} of job {job}")]
    Call {
        /// What was being done.
        doing: &'static str,
        /// The job.
        job: JobId,
        /// The call's error.
        #[source]
        source: gcp::Error,
    },
    /// An object in the bucket, or an answer, is not what groundcrew wrote.
    #[error("{what} of job {job} cannot be read: {fault}")]
    Unreadable {
        /// What it is.
        what: &'static str,
        /// The job.
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
