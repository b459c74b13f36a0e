//! `objects.insert` in its three forms: content alone (`media`), with metadata
//! (`multipart`), or in chunks (`resumable`).

use super::{
    fields::settable_fields,
    multipart,
    object::{Object, SETTABLE, check_name},
    permissions::write_permissions,
    precondition::Preconditions,
    session::{NewObject, UploadSession},
};
use crate::{ApiError, ApiResponse, Call, Cloud, iam::RequiredPermission};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::Value;

fn header<'c>(call: &'c Call, name: &str) -> Option<&'c str> {
    call.headers.get(name)?.to_str().ok()
}

impl NewObject {
    /// Reads the object to create from metadata, query parameters and headers,
    /// in order of precedence.
    fn new(call: &Call, metadata: &[u8], kind: Option<&str>) -> Result<Self, ApiError> {
        let metadata: Value = if metadata.trim_ascii().is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(metadata).map_err(|e| {
                ApiError::invalid(format!("The metadata of the upload is not JSON: {e}"))
            })?
        };
        let mut attributes = settable_fields(&metadata, SETTABLE)?;
        if let Some(encoding) = call.query("contentEncoding") {
            attributes.insert("contentEncoding".to_owned(), encoding.into());
        }
        if let (false, Some(kind)) = (attributes.contains_key("contentType"), kind) {
            attributes.insert("contentType".to_owned(), kind.into());
        }
        let name = metadata["name"].as_str().or_else(|| call.query("name"));
        let name = name.unwrap_or_default().to_owned();
        check_name(&name)?;
        let crc32c = metadata["crc32c"].as_str().or_else(|| hash(call));
        Ok(Self {
            name,
            attributes,
            crc32c: crc32c.map(str::to_owned),
        })
    }
}

/// The CRC32C in `x-goog-hash: crc32c=…,md5=…`.
fn hash(call: &Call) -> Option<&str> {
    header(call, "x-goog-hash")?
        .split(',')
        .find_map(|hash| hash.trim().strip_prefix("crc32c="))
}

/// Reads the object that a `POST` creates, and its content unless it is sent in
/// chunks.
fn read_upload(call: &Call) -> Result<(NewObject, Option<Bytes>), ApiError> {
    let kind = header(call, "content-type");
    match call.query("uploadType") {
        Some("media") => Ok((NewObject::new(call, b"", kind)?, Some(call.raw.clone()))),
        Some("multipart") => {
            let boundary = kind.and_then(multipart::boundary).ok_or_else(|| {
                ApiError::invalid("A multipart upload needs a Content-Type with a boundary.")
            })?;
            let parts = multipart::parts(&call.raw, boundary)?;
            let [metadata, media] = parts.as_slice() else {
                let message = "A multipart upload has two parts: metadata and content.";
                return Err(ApiError::invalid(message));
            };
            let new_object = NewObject::new(call, &metadata.content, media.kind.as_deref())?;
            Ok((new_object, Some(media.content.clone())))
        }
        Some("resumable") => {
            let kind = header(call, "x-upload-content-type");
            Ok((NewObject::new(call, &call.raw, kind)?, None))
        }
        Some(other) => Err(ApiError::invalid(format!("Invalid uploadType: {other}"))),
        None => Err(ApiError::invalid("Required parameter: uploadType")),
    }
}

pub(super) fn required_permissions(
    cloud: &Cloud,
    call: &Call,
) -> Result<Vec<RequiredPermission>, ApiError> {
    write_permissions(cloud, call, call.path("bucket"), &read_upload(call)?.0.name)
}

/// `POST /upload/…/b/{b}/o`.
pub(super) fn insert(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let bucket = call.path("bucket");
    let (new_object, content) = read_upload(call)?;
    let preconditions = Preconditions::from_call(call, "")?;
    if let Some(content) = content {
        return finish(cloud, call, bucket, new_object, &preconditions, content);
    }
    cloud
        .storage
        .check(bucket, &new_object.name, &preconditions)?;
    // Unique, increasing and opaque.
    let id = format!("{bucket}-{:x}", cloud.storage.generation(bucket, call.now)?);
    let location = format!(
        "{}/upload/storage/v1/b/{bucket}/o?uploadType=resumable&upload_id={id}",
        call.origin
    );
    let session = UploadSession {
        bucket: bucket.to_owned(),
        new_object,
        preconditions,
        content: Vec::new(),
        done: None,
    };
    cloud.storage.sessions.insert(id.clone(), session);
    let mut response = Response::new(Bytes::new());
    for (name, value) in [("location", location), ("x-guploader-uploadid", id)] {
        // Bucket names and origins are ASCII; otherwise there is no header.
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(ApiResponse::Raw(response))
}

/// None: the session URI authorizes its holder.
pub(super) fn resume_permissions(_: &Cloud, _: &Call) -> Result<Vec<RequiredPermission>, ApiError> {
    Ok(Vec::new())
}

/// `PUT` to a session URI: a chunk, the last chunk, or a status query.
pub(super) fn resume(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let id = call.query("upload_id").unwrap_or_default();
    let found = cloud.storage.sessions.get(id);
    let Some(session) = found.filter(|s| s.bucket == call.path("bucket")) else {
        return Err(ApiError::not_found(format!("No such upload: {id}")));
    };
    if let Some(generation) = session.done {
        let (bucket, name) = (&session.bucket, &session.new_object.name);
        let generation = u64::try_from(generation).ok();
        let object = cloud.storage.object(bucket, name, generation)?;
        return Ok(ApiResponse::Json(object.json(bucket, name, &call.origin)));
    }
    let chunk = Chunk::parse(header(call, "content-range"), call.raw.len())?;
    let received = session.content.len();
    let Some(session) = cloud.storage.sessions.get_mut(id) else {
        return Err(ApiError::not_found(format!("No such upload: {id}")));
    };
    if let Some(first) = chunk.first {
        if first > received {
            return Err(ApiError {
                status: 503,
                ..ApiError::invalid(format!(
                    "Invalid request. The chunk begins at {first}, but {received} bytes are there."
                ))
            });
        }
        // A client may repeat bytes that were already received.
        let new = call.raw.get(received - first..).unwrap_or_default();
        session.content.extend_from_slice(new);
    }
    let received = session.content.len();
    if chunk.total != Some(received) {
        if chunk.total.is_some_and(|total| total < received) {
            let message = format!("The upload has {received} bytes, more than its total.");
            return Err(ApiError::invalid(message));
        }
        return Ok(incomplete(received));
    }
    let session = session.clone();
    let content = BytesMut::from(session.content.as_slice()).freeze();
    let UploadSession {
        bucket,
        new_object,
        preconditions,
        ..
    } = session;
    let response = finish(cloud, call, &bucket, new_object, &preconditions, content)?;
    if let (ApiResponse::Json(object), Some(session)) =
        (&response, cloud.storage.sessions.get_mut(id))
    {
        session.content.clear();
        session.done = object["generation"].as_str().and_then(|g| g.parse().ok());
    }
    Ok(response)
}

fn incomplete(received: usize) -> ApiResponse {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    if let Some(last) = received.checked_sub(1) {
        let range = HeaderValue::from_str(&format!("bytes=0-{last}")).expect("ASCII");
        response.headers_mut().insert(header::RANGE, range);
    }
    ApiResponse::Raw(response)
}

/// The contents of a `Content-Range` header.
#[derive(Debug, PartialEq, Eq)]
struct Chunk {
    /// Offset of the first byte; `None` for a status query (`bytes */…`).
    first: Option<usize>,
    /// Length of the whole object, if known.
    total: Option<usize>,
}

impl Chunk {
    fn parse(range: Option<&str>, length: usize) -> Result<Self, ApiError> {
        let Some(range) = range else {
            // Without the header, the chunk is the whole object.
            return Ok(Self {
                first: Some(0),
                total: Some(length),
            });
        };
        let read = || {
            let (span, total) = range.trim().strip_prefix("bytes ")?.split_once('/')?;
            let total = match total.trim() {
                "*" => None,
                number => Some(number.parse().ok()?),
            };
            if span.trim() == "*" {
                return Some(Self { first: None, total });
            }
            let (first, last) = span.split_once('-')?;
            let (first, last): (usize, usize) =
                (first.trim().parse().ok()?, last.trim().parse().ok()?);
            let is_whole = last.checked_sub(first)?.checked_add(1)? == length;
            is_whole.then_some(Self {
                first: Some(first),
                total,
            })
        };
        read().ok_or_else(|| {
            ApiError::invalid(format!(
                "Invalid Content-Range {range:?} for a chunk of {length} bytes."
            ))
        })
    }
}

fn finish(
    cloud: &mut Cloud,
    call: &Call,
    bucket: &str,
    new_object: NewObject,
    preconditions: &Preconditions,
    content: Bytes,
) -> Result<ApiResponse, ApiError> {
    if let Some(given) = &new_object.crc32c {
        let computed = BASE64_STANDARD.encode(crc32c::crc32c(&content).to_be_bytes());
        if *given != computed {
            return Err(ApiError::invalid(format!(
                "Provided CRC32C \"{given}\" doesn't match calculated CRC32C \"{computed}\"."
            )));
        }
    }
    let NewObject {
        name, attributes, ..
    } = new_object;
    let object: &Object =
        cloud
            .storage
            .put(bucket, &name, preconditions, attributes, content, call.now)?;
    Ok(ApiResponse::Json(object.json(bucket, &name, &call.origin)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks() {
        let chunk = |first, total| Some(Chunk { first, total });
        let table = [
            (None, 5, chunk(Some(0), Some(5))),
            (Some("bytes 0-4/*"), 5, chunk(Some(0), None)),
            (Some("bytes 5-9/10"), 5, chunk(Some(5), Some(10))),
            (Some("bytes */10"), 0, chunk(None, Some(10))),
            (Some("bytes */*"), 0, chunk(None, None)),
            (Some("bytes 0-4/10"), 4, None),
            (Some("bytes 4-0/10"), 4, None),
            (Some("bytes 0-18446744073709551615/10"), 0, None),
            (Some("rubbish"), 0, None),
            (Some("bytes 0-/x"), 0, None),
        ];
        for (range, length, expected) in table {
            assert_eq!(
                Chunk::parse(range, length).ok(),
                expected,
                "{range:?} {length}"
            );
        }
    }
}
