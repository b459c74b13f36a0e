//! Errors around the setup of projects.

use gcp::{Class, Classify};
use thiserror::Error;

/// The ledger or the sweep failed. Failures in the project itself are recorded in
/// the ledger.
#[derive(Debug, Error)]
pub enum Error {
    /// The ledger could not be read or written.
    #[error("the ledger could not be read or written")]
    Ledger(#[from] ledger::Error),
    /// An event could not be published.
    #[error("the event could not be published")]
    Publish(#[source] gcp::Error),
}

impl Error {
    /// Whether the ledger does not exist, or the caller has no access to it.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        match self {
            Self::Ledger(ledger::Error::Api(error)) => error.is_denied() || error.is_not_found(),
            Self::Ledger(_) | Self::Publish(_) => false,
        }
    }
}

impl Classify for Error {
    fn class(&self) -> Class {
        match self {
            Self::Ledger(error) => error.class(),
            Self::Publish(error) => error.class(),
        }
    }
}
