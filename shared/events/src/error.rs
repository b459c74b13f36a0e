//! The error of everything that reads a delivery or an event.

use bytes::Bytes;
use thiserror::Error;

/// A delivery or an event that cannot be decoded. Delivering it again cannot
/// help.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what}: {reason}")]
pub struct DecodeError {
    /// The text that was being read, such as `push body` or `job spec`.
    pub what: &'static str,
    /// What is wrong with it, and at which field.
    pub reason: String,
}

impl DecodeError {
    /// The error that `what` cannot be decoded because of `reason`.
    pub fn new(what: &'static str, reason: impl ToString) -> Self {
        Self {
            what,
            reason: reason.to_string(),
        }
    }
}

/// An event of a batch that cannot be decoded, while others can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalformedEvent {
    /// What is wrong with it, and at which field.
    pub error: DecodeError,
    /// The event as it was received.
    pub text: Bytes,
}
