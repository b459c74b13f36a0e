//! What can fail around the setup of a project.

use gcp::{Class, Classify};
use thiserror::Error;

/// The ledger or the sweep failed; what fails in the project itself is in the
/// ledger.
#[derive(Debug, Error)]
pub enum Error {
    /// The ledger could not be read or written.
    #[error("the ledger")]
    Ledger(#[from] ledger::Error),
    /// An event could not be published.
    #[error("publishing")]
    Publish(#[source] gcp::Error),
}

impl Error {
    /// Whether the ledger is not the caller's to use, or not there.
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
