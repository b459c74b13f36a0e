//! Errors of the sweep.

use gcp::{Class, Classify};
use thiserror::Error;

/// The sweep failed.
#[derive(Debug, Error)]
pub enum Error {
    /// The sweep over jobs.
    #[error("sweeping the jobs")]
    Jobs(#[from] jobs::Error),
    /// The sweep over deployments.
    #[error("sweeping the deployments")]
    Deployments(#[from] account::Error),
    /// The sweep over products.
    #[error("sweeping the products")]
    Products(#[from] product::Error),
}

impl Classify for Error {
    fn class(&self) -> Class {
        match self {
            Self::Jobs(error) => error.class(),
            Self::Deployments(error) => error.class(),
            Self::Products(error) => error.class(),
        }
    }
}
