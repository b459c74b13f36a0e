//! Objects as they are stored and shown: one generation each.

use super::hold::Hold;
use crate::{ApiError, content::Content, iam::Principal};
use base64::{Engine, prelude::BASE64_STANDARD};
use names::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Fields that a caller may set.
pub(super) const SETTABLE: &[&str] = &[
    "cacheControl",
    "contentDisposition",
    "contentEncoding",
    "contentLanguage",
    "contentType",
    "customTime",
    "eventBasedHold",
    "metadata",
    "storageClass",
    "temporaryHold",
];

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Object {
    pub(super) generation: i64,
    pub(super) metageneration: i64,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    /// When it became noncurrent.
    pub(super) deleted: Option<Timestamp>,
    pub(super) attributes: Map<String, Value>,
    pub(super) content: Content,
    /// How many objects it was composed of.
    pub(super) components: Option<u32>,
    /// Email address of who created it, unless that was an anonymous caller.
    pub(super) owner: Option<String>,
    /// When its event-based hold was last released, from which time on it is
    /// retained.
    pub(super) hold_released: Option<Timestamp>,
}

impl Object {
    pub(super) fn new(
        generation: i64,
        attributes: Map<String, Value>,
        content: Content,
        owner: &Principal,
        now: Timestamp,
    ) -> Self {
        Self {
            generation,
            metageneration: 1,
            created: now,
            updated: now,
            deleted: None,
            attributes,
            content,
            components: None,
            owner: (!owner.is_anonymous()).then(|| owner.email().to_owned()),
            hold_released: None,
        }
    }

    pub(super) fn is_held(&self, hold: Hold) -> bool {
        self.attributes
            .get(hold.field())
            .is_some_and(|held| held == true)
    }

    /// Replaces the fields that a caller may set.
    pub(super) fn set(&mut self, attributes: Map<String, Value>, now: Timestamp) {
        let was_held = self.is_held(Hold::EventBased);
        self.attributes = attributes;
        if was_held && !self.is_held(Hold::EventBased) {
            self.hold_released = Some(now);
        }
        self.metageneration += 1;
        self.updated = now;
    }

    pub(super) fn etag(&self) -> String {
        let mut bytes = self.generation.to_be_bytes().to_vec();
        bytes.extend(self.metageneration.to_be_bytes());
        BASE64_STANDARD.encode(bytes)
    }

    /// The object resource, without what depends on its bucket and the caller.
    pub(super) fn json(&self, bucket: &str, name: &str, origin: &str) -> Value {
        let encoded = utf8_percent_encode(name, NON_ALPHANUMERIC);
        let generation = self.generation;
        let mut json = json!({
            "kind": "storage#object",
            "id": format!("{bucket}/{name}/{generation}"),
            "selfLink": format!("{origin}/storage/v1/b/{bucket}/o/{encoded}"),
            "mediaLink": format!(
                "{origin}/download/storage/v1/b/{bucket}/o/{encoded}?generation={generation}&alt=media"
            ),
            "name": name,
            "bucket": bucket,
            "generation": generation.to_string(),
            "metageneration": self.metageneration.to_string(),
            "storageClass": "STANDARD",
            "size": self.content.size().to_string(),
            "crc32c": self.content.crc32c(),
            "etag": self.etag(),
            "timeCreated": self.created,
            "updated": self.updated,
            "timeFinalized": self.created,
            "timeStorageClassUpdated": self.created,
        });
        if let Some(md5) = self.content.md5() {
            json["md5Hash"] = md5.into();
        }
        if let Some(components) = self.components {
            json["componentCount"] = components.into();
        }
        if let Some(deleted) = self.deleted {
            json["timeDeleted"] = json!(deleted);
        }
        for (key, value) in &self.attributes {
            json[key] = value.clone();
        }
        json
    }
}

/// Checks an object name by Google's rules.
pub(super) fn check_name(name: &str) -> Result<(), ApiError> {
    match name {
        "" => Err(ApiError {
            reason: "required",
            ..ApiError::invalid("Required parameter: name")
        }),
        "." | ".." => Err(ApiError::invalid(format!("Invalid object name: {name}"))),
        _ if name.len() > 1024 => Err(ApiError::invalid(
            "The specified object name is too long: at most 1024 bytes.",
        )),
        _ if name.contains(['\r', '\n']) => Err(ApiError::invalid(
            "Disallowed unicode characters present in object name",
        )),
        _ => Ok(()),
    }
}

/// The key of a noncurrent generation. The generations of an object are sorted
/// by age.
pub(super) fn version_key(bucket: &str, name: &str, generation: i64) -> String {
    format!("{bucket}/{name}#{generation:020}")
}
