//! Multipart uploads: an object's content and metadata in one request.

use super::objects::{OBJECTS_INSERT, Object, Precondition, with_precondition};
use crate::{Client, Error, ErrorKind, Request};
use names::{BucketName, ObjectName};
use serde::Serialize;
use serde_json::json;

/// Separates metadata and content. Content contains it by chance as rarely as
/// one guesses a key of 128 bits.
const BOUNDARY: &str = "groundcrew-6f0f1cd8b1a94f4c8d6b7be2c5a3e917";
const MULTIPART: &str = "multipart/related; boundary=groundcrew-6f0f1cd8b1a94f4c8d6b7be2c5a3e917";

/// Writes an object with custom metadata (`uploadType=multipart`).
///
/// # Errors
/// As [`super::insert_object`]; [`ErrorKind::InvalidRequest`], and nothing is
/// sent, if the content contains the boundary of the parts.
pub async fn insert_object_with_metadata(
    client: &Client,
    bucket: &BucketName,
    object: &ObjectName,
    content_type: &'static str,
    content: &[u8],
    metadata: &impl Serialize,
    precondition: Precondition,
) -> Result<Object, Error> {
    let request = Request::new(&OBJECTS_INSERT)
        .path("bucket", bucket)
        .query("uploadType", "multipart")
        .query("name", object);
    let is_boundary = |window: &[u8]| window == BOUNDARY.as_bytes();
    if content.windows(BOUNDARY.len()).any(is_boundary) {
        let message = "the content contains the multipart boundary";
        return Err(Error::new(
            &request,
            ErrorKind::InvalidRequest(message.to_owned()),
        ));
    }
    let resource = json!({ "contentType": content_type, "metadata": metadata });
    let head = format!(
        "--{BOUNDARY}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{resource}\r\n\
         --{BOUNDARY}\r\nContent-Type: {content_type}\r\n\r\n"
    );
    let tail = format!("\r\n--{BOUNDARY}--\r\n");
    let body = [head.as_bytes(), content, tail.as_bytes()].concat();
    client
        .json(&with_precondition(
            request.media(MULTIPART, body),
            precondition,
        ))
        .await
}
