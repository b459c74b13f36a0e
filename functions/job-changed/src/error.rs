//! What can fail when a job changes.

use gcp::{Class, Classify};
use runtime::AuthError;
use thiserror::Error;

/// The change could not be dealt with.
#[derive(Debug, Error)]
pub enum Error {
    /// The report's identity token does not hold.
    #[error("identity token of the report")]
    Identity(#[source] AuthError),
    /// The token is Google's, but not one of a machine of ours.
    #[error("the report's token is not that of a machine of ours")]
    NoMachine,
    /// The job flow failed.
    #[error(transparent)]
    Flow(#[from] jobs::Error),
}

impl Classify for Error {
    fn class(&self) -> Class {
        match self {
            Self::Identity(error) => error.class(),
            Self::NoMachine => Class::Invalid,
            Self::Flow(error) => error.class(),
        }
    }
}
