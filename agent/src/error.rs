//! The agent's error.

use gcp::SendError;
use std::io;
use thiserror::Error;

/// Why an agent cannot run its attempt.
#[derive(Debug, Error)]
pub enum Error {
    /// An environment variable is not valid.
    #[error("environment: {0}")]
    Environment(envy::Error),
    /// A metadata value that every job machine has is missing.
    #[error("metadata {0} not found: was this machine launched by groundcrew?")]
    NoMetadata(String),
    /// The assignment is not valid.
    #[error("metadata attribute {name}: {0}", name = names::label::ASSIGNMENT)]
    Assignment(serde_json::Error),
    /// The HTTP client cannot be set up.
    #[error("transport: {0}")]
    Transport(SendError),
    /// The handler of SIGTERM and SIGINT cannot be installed.
    #[error("cannot install the signal handler: {0}")]
    Signals(io::Error),
    /// The exit status of the command cannot be read.
    #[error("waiting for the command: {0}")]
    Wait(io::Error),
}
