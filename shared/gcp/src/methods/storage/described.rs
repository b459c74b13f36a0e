//! Objects that are written with what is said of them, in one request.

use super::{OBJECTS_INSERT, Object, Precondition, fenced};
use crate::{Client, Error, ErrorKind, Request, client::failed};
use names::{BucketName, ObjectName};
use serde_json::json;
use std::collections::BTreeMap;

/// Divides metadata and content. That content holds it by chance is as likely
/// as guessing a key of 128 bits.
const BOUNDARY: &str = "groundcrew-6f0f1cd8b1a94f4c8d6b7be2c5a3e917";
const MULTIPART: &str = "multipart/related; boundary=groundcrew-6f0f1cd8b1a94f4c8d6b7be2c5a3e917";

/// Writes an object with custom metadata (`uploadType=multipart`).
///
/// # Errors
/// As [`super::insert_object`]; or the content holds the boundary of the
/// request's parts, and nothing is sent.
pub async fn insert_described(
    client: &Client,
    bucket: &BucketName,
    object: &ObjectName,
    content_type: &'static str,
    content: &[u8],
    metadata: &BTreeMap<String, String>,
    precondition: Precondition,
) -> Result<Object, Error> {
    let request = Request::new(&OBJECTS_INSERT)
        .path("bucket", bucket)
        .query("uploadType", "multipart")
        .query("name", object);
    let holds = |window: &[u8]| window == BOUNDARY.as_bytes();
    if content.windows(BOUNDARY.len()).any(holds) {
        let why = "the content holds the boundary of the upload's parts";
        return Err(failed(&request, ErrorKind::Request(why.to_owned())));
    }
    let described = json!({ "contentType": content_type, "metadata": metadata });
    let head = format!(
        "--{BOUNDARY}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{described}\r\n\
         --{BOUNDARY}\r\nContent-Type: {content_type}\r\n\r\n"
    );
    let tail = format!("\r\n--{BOUNDARY}--\r\n");
    let body = [head.as_bytes(), content, tail.as_bytes()].concat();
    client
        .json(&fenced(request.media(MULTIPART, body), precondition))
        .await
}
