//! Managed folders as they are stored and shown.

use names::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Folder {
    pub(super) created: Timestamp,
}

/// The metadata of managed folders never changes here.
pub(super) const METAGENERATION: i64 = 1;

pub(super) fn to_json(key: &str, folder: &Folder, origin: &str) -> Value {
    let (bucket, name) = key.split_once('/').unwrap_or((key, ""));
    let encoded = utf8_percent_encode(name, NON_ALPHANUMERIC);
    json!({
        "kind": "storage#managedFolder",
        "id": key,
        "name": name,
        "bucket": bucket,
        "selfLink": format!("{origin}/storage/v1/b/{bucket}/managedFolders/{encoded}"),
        "metageneration": METAGENERATION.to_string(),
        "createTime": folder.created,
        "updateTime": folder.created,
    })
}
