//! Errors of the function.

use gcp::{Class, Classify};
use runtime::AuthError;
use thiserror::Error;

/// The event could not be handled.
#[derive(Debug, Error)]
pub enum Error {
    /// The report's identity token is invalid.
    #[error("identity token of the report")]
    Identity(#[source] AuthError),
    /// The token is valid, but not that of a job machine.
    #[error("the report's token is not that of a machine of this deployment")]
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
