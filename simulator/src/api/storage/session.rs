//! Resumable upload sessions.

use super::precondition::Preconditions;
use crate::content::Receiving;
use serde_json::{Map, Value};

/// An object to be created.
#[derive(Debug, Clone)]
pub(super) struct NewObject {
    pub(super) name: String,
    pub(super) attributes: Map<String, Value>,
    /// CRC32C computed by the caller, in base64.
    pub(super) crc32c: Option<String>,
    /// MD5 computed by the caller, in base64.
    pub(super) md5: Option<String>,
}

/// A resumable upload session.
#[derive(Debug, Clone)]
pub(super) struct UploadSession {
    pub(super) bucket: String,
    pub(super) new_object: NewObject,
    pub(super) preconditions: Preconditions,
    pub(super) content: Receiving,
    /// Generation of the finished object. A repeated last chunk gets the same
    /// response.
    pub(super) done: Option<i64>,
}
