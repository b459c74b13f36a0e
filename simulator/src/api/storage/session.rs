//! Resumable upload sessions.

use super::precondition::Preconditions;
use serde_json::{Map, Value};

/// An object about to be made.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) attributes: Map<String, Value>,
    /// The checksum the caller computed, in base64.
    pub(super) crc32c: Option<String>,
}

/// A resumable upload under way.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) bucket: String,
    pub(super) draft: Draft,
    pub(super) conditions: Preconditions,
    pub(super) content: Vec<u8>,
    /// Where the finished object is to be read: a repeated last chunk is answered alike.
    pub(super) done: Option<i64>,
}
