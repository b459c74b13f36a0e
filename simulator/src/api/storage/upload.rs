//! `objects.insert` in its three forms: content alone (`media`), with metadata
//! (`multipart`), or in chunks (`resumable`).

use super::{
    checksums::{Checksums, header},
    fields::settable_fields,
    multipart::{self, Multipart},
    object::{SETTABLE, check_name},
    permissions::write_permissions,
    precondition::Preconditions,
    session::{NewObject, UploadSession},
    view::{self, Projection},
};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    content::{Content, Receiving},
    iam::RequiredPermission,
};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::Value;

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
        Ok(Self {
            name,
            attributes,
            checksums: Checksums::new(call, &metadata),
        })
    }
}

/// The content in the body of a request, or what was received of it before.
fn content(call: &Call, body: &Bytes) -> Receiving {
    match &call.received {
        Some(received) => received.content.clone(),
        None => Receiving::from(body.clone()),
    }
}

/// Reads the object that a `POST` creates.
fn read_object(call: &Call) -> Result<NewObject, ApiError> {
    let kind = header(call, "content-type");
    match call.query("uploadType") {
        Some("media") => NewObject::new(call, b"", kind),
        Some("multipart") => match &call.received {
            Some(received) => NewObject::new(call, &call.raw, received.kind.as_deref()),
            None => {
                let (head, _) = read_multipart(call)?;
                NewObject::new(call, &head.metadata, head.kind.as_deref())
            }
        },
        Some("resumable") => NewObject::new(call, &call.raw, header(call, "x-upload-content-type")),
        Some(other) => Err(ApiError::invalid(format!("Invalid uploadType: {other}"))),
        None => Err(ApiError::invalid("Required parameter: uploadType")),
    }
}

fn read_multipart(call: &Call) -> Result<(multipart::Head, Bytes), ApiError> {
    let kind = header(call, "content-type");
    let boundary = kind.and_then(multipart::boundary).ok_or_else(|| {
        ApiError::invalid("A multipart upload needs a Content-Type with a boundary.")
    })?;
    let mut multipart = Multipart::new(boundary);
    let content = multipart.push(&call.raw)?;
    Ok((multipart.finish()?, content))
}

/// The content of the object that a `POST` creates, unless it is sent in chunks.
fn read_content(call: &Call) -> Result<Option<Content>, ApiError> {
    Ok(match (call.query("uploadType"), &call.received) {
        (Some("resumable"), _) => None,
        (Some("multipart"), None) => Some(Receiving::from(read_multipart(call)?.1).finish()),
        _ => Some(content(call, &call.raw).finish()),
    })
}

pub(super) fn required_permissions(
    cloud: &Cloud,
    call: &Call,
) -> Result<Vec<RequiredPermission>, ApiError> {
    write_permissions(cloud, call, call.path("bucket"), &read_object(call)?.name)
}

/// `POST /upload/…/b/{b}/o`.
pub(super) fn insert(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let bucket = call.path("bucket");
    let new_object = read_object(call)?;
    let preconditions = Preconditions::from_call(call, "")?;
    if let Some(content) = read_content(call)? {
        return finish(cloud, call, bucket, new_object, &preconditions, content);
    }
    cloud
        .storage
        .check(bucket, &new_object.name, &preconditions)?;
    let id = cloud.storage.upload_id(bucket, call.now)?;
    let location = format!(
        "{}/upload/storage/v1/b/{bucket}/o?uploadType=resumable&upload_id={id}",
        call.origin
    );
    let session = UploadSession {
        bucket: bucket.to_owned(),
        new_object,
        preconditions,
        content: Receiving::default(),
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
        return view::object_response(cloud, call, (bucket, name), generation, Projection::NoAcl);
    }
    let length = match &call.received {
        Some(received) => received.content.size() - received.before,
        None => call.raw.len() as u64,
    };
    let chunk = Chunk::parse(header(call, "content-range"), length)?;
    let received = session.content.size();
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
        match &call.received {
            Some(all) if (all.before, first) == (received, received) => {
                session.content = all.content.clone();
            }
            // It was received as something else than the next chunk: the client
            // learns from the response what is there.
            Some(_) => {}
            None => {
                // A client may repeat bytes that were already received.
                let known = usize::try_from(received - first).unwrap_or(usize::MAX);
                if known < call.raw.len() {
                    session.content.push(call.raw.slice(known..));
                }
            }
        }
    }
    let received = session.content.size();
    if chunk.total != Some(received) {
        if chunk.total.is_some_and(|total| total < received) {
            let message = format!("The upload has {received} bytes, more than its total.");
            return Err(ApiError::invalid(message));
        }
        return Ok(incomplete(received));
    }
    let UploadSession {
        bucket,
        new_object,
        preconditions,
        content,
        ..
    } = session.clone();
    let response = finish(
        cloud,
        call,
        &bucket,
        new_object,
        &preconditions,
        content.finish(),
    )?;
    if let (ApiResponse::Json(object), Some(session)) =
        (&response, cloud.storage.sessions.get_mut(id))
    {
        session.content = Receiving::default();
        session.done = object["generation"].as_str().and_then(|g| g.parse().ok());
    }
    Ok(response)
}

fn incomplete(received: u64) -> ApiResponse {
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
    first: Option<u64>,
    /// Length of the whole object, if known.
    total: Option<u64>,
}

impl Chunk {
    fn parse(range: Option<&str>, length: u64) -> Result<Self, ApiError> {
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
            if last.trim() == "*" {
                // A stream whose length its sender did not know: it is over.
                let first: u64 = first.trim().parse().ok()?;
                let end = first.checked_add(length)?;
                return Some(Self {
                    first: Some(first),
                    total: total.or(Some(end)),
                });
            }
            let (first, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
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
    content: Content,
) -> Result<ApiResponse, ApiError> {
    new_object.checksums.check(&content)?;
    let NewObject {
        name, attributes, ..
    } = new_object;
    let at = (bucket, name.as_str());
    cloud
        .storage
        .put(call, at, preconditions, attributes, content)?;
    view::object_response(cloud, call, at, None, Projection::NoAcl)
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
            (Some("bytes 0-*/*"), 5, chunk(Some(0), Some(5))),
            (Some("bytes 5-*/*"), 5, chunk(Some(5), Some(10))),
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
