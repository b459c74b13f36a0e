//! The XML API: objects at `https://storage.googleapis.com/BUCKET/OBJECT` and
//! `https://BUCKET.storage.googleapis.com/OBJECT`, and their multipart uploads.
//!
//! A request is translated to that of the JSON method that does the same, and its
//! response back. Buckets are created, changed and deleted by the JSON API only.

mod error;
mod list;
mod method;
mod object;
mod parts;
mod signed_url;

pub(crate) use method::ROUTES;

use crate::google_name::{api_at, bucket_at};
use names::BucketName;

/// First segments of the paths of the JSON API.
const JSON: [&str; 5] = ["batch", "download", "resumable", "storage", "upload"];

/// The path of a request to the XML API, with the bucket as its first segment.
pub(crate) fn path(origin: &str, path: &str) -> Option<String> {
    let path = match bucket_at(origin) {
        Some(bucket) => format!("/{bucket}{path}"),
        None if api_at(origin) == Some("storage") => path.to_owned(),
        None => return None,
    };
    let mut parts = path.strip_prefix('/')?.splitn(2, '/');
    let bucket = parts.next().filter(|bucket| !JSON.contains(bucket))?;
    bucket.parse::<BucketName>().ok()?;
    // A colon in the name of an object begins no custom verb.
    Some(match parts.next().filter(|object| !object.is_empty()) {
        Some(object) => format!("/{bucket}/{}", object.replace(':', "%3A")),
        None => format!("/{bucket}"),
    })
}

/// Whether a request to the XML API is about an object.
pub(crate) fn is_object(origin: &str, path: &str) -> bool {
    self::path(origin, path).is_some_and(|path| path[1..].contains('/'))
}
