//! What can fail when what is overdue is looked for.

use gcp::{Class, Classify};
use thiserror::Error;

/// A sweep could not be done.
#[derive(Debug, Error)]
pub enum Error {
    /// That over the jobs.
    #[error("sweeping the jobs")]
    Jobs(#[from] jobs::Error),
    /// That over the deployments.
    #[error("sweeping the deployments")]
    Deployments(#[from] account::Error),
}

impl Classify for Error {
    fn class(&self) -> Class {
        match self {
            Self::Jobs(error) => error.class(),
            Self::Deployments(error) => error.class(),
        }
    }
}
