//! Uploads in several requests.

use super::{checksums::Checksums, precondition::Preconditions};
use crate::content::{Content, Receiving};
use names::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An object to be created.
#[derive(Debug, Clone)]
pub(super) struct NewObject {
    pub(super) name: String,
    pub(super) attributes: Map<String, Value>,
    pub(super) checksums: Checksums,
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

/// A multipart upload of the XML API.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct MultipartUpload {
    pub(super) bucket: String,
    pub(super) name: String,
    pub(super) attributes: Map<String, Value>,
}

/// A part of a [`MultipartUpload`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct UploadPart {
    pub(super) content: Content,
    pub(super) written: Timestamp,
}
