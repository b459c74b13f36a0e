//! Errors around products.

use crate::Missing;
use gcp::{Class, Classify};
use names::{EnvironmentName, ProjectId};
use thiserror::Error;

/// Nothing was changed.
#[derive(Debug, Error)]
pub enum Error {
    /// The ledger could not be read or written.
    #[error("the ledger could not be read or written")]
    Ledger(#[from] ledger::Error),
    /// Something could not be observed.
    #[error("{}", .0.iter().map(|error| gcp::chain(error)).collect::<Vec<_>>().join("\n  "))]
    Unobserved(Vec<plan::Error>),
    /// The engine's record could not be read.
    #[error(transparent)]
    Record(#[from] Box<plan::Error>),
    /// The caller lacks permissions.
    #[error("{0}")]
    Missing(Missing),
    /// Environments that exist are no longer in the spec.
    #[error(
        "{} is no longer in the spec with its project {}, which would be deleted with all that is \
         in it: agree with `--delete-environment {}`, or put it back",
        .0, .1, .0
    )]
    Environment(EnvironmentName, ProjectId),
    /// Someone forbids the deletion of a project.
    #[error("{0} has a lien of {1} ({2}): ask them to remove it")]
    Lien(ProjectId, String, String),
    /// An event could not be published.
    #[error("the event could not be published")]
    Publish(#[source] gcp::Error),
    /// There is no such product.
    #[error("there is no product {0}: apply it first")]
    Unknown(names::DeploymentId),
}

impl From<plan::Error> for Error {
    fn from(error: plan::Error) -> Self {
        Self::Record(Box::new(error))
    }
}

impl Classify for Error {
    fn class(&self) -> Class {
        match self {
            Self::Ledger(error) => error.class(),
            Self::Unobserved(errors) => errors.first().map_or(Class::Bug, Classify::class),
            Self::Record(error) => error.class(),
            Self::Publish(error) => error.class(),
            Self::Missing(_) => Class::Denied,
            Self::Environment(..) | Self::Lien(..) | Self::Unknown(_) => Class::Invalid,
        }
    }
}
