//! `objects.insert` in its three forms: the content alone (`media`), with its
//! metadata (`multipart`), or in chunks (`resumable`).

use super::{
    merge::settable,
    multipart,
    object::{Object, SETTABLE, check_name},
    permissions::to_write,
    precondition::Preconditions,
    session::{Draft, Session},
};
use crate::{Answer, ApiError, Call, Cloud, iam::Need};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::Value;

fn header<'c>(call: &'c Call, name: &str) -> Option<&'c str> {
    call.headers.get(name)?.to_str().ok()
}

impl Draft {
    /// What the call says: metadata, then query, then headers.
    fn new(call: &Call, metadata: &[u8], kind: Option<&str>) -> Result<Self, ApiError> {
        let metadata: Value = if metadata.trim_ascii().is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(metadata).map_err(|e| {
                ApiError::invalid(format!("The metadata of the upload is no JSON: {e}"))
            })?
        };
        let mut attributes = settable(&metadata, SETTABLE)?;
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

/// What a `POST` asks for: the object, and its content unless it comes in chunks.
fn draft(call: &Call) -> Result<(Draft, Option<Bytes>), ApiError> {
    let kind = header(call, "content-type");
    match call.query("uploadType") {
        Some("media") => Ok((Draft::new(call, b"", kind)?, Some(call.raw.clone()))),
        Some("multipart") => {
            let boundary = kind.and_then(multipart::boundary).ok_or_else(|| {
                ApiError::invalid("A multipart upload needs a Content-Type with a boundary.")
            })?;
            let parts = multipart::parts(&call.raw, boundary)?;
            let [metadata, media] = parts.as_slice() else {
                let message = "A multipart upload has two parts: metadata and content.";
                return Err(ApiError::invalid(message));
            };
            let draft = Draft::new(call, &metadata.content, media.kind.as_deref())?;
            Ok((draft, Some(media.content.clone())))
        }
        Some("resumable") => {
            let kind = header(call, "x-upload-content-type");
            Ok((Draft::new(call, &call.raw, kind)?, None))
        }
        Some(other) => Err(ApiError::invalid(format!("Invalid uploadType: {other}"))),
        None => Err(ApiError::invalid("Required parameter: uploadType")),
    }
}

pub(super) fn needs(cloud: &Cloud, call: &Call) -> Result<Vec<Need>, ApiError> {
    to_write(cloud, call, call.path("bucket"), &draft(call)?.0.name)
}

/// `POST /upload/…/b/{b}/o`.
pub(super) fn insert(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let bucket = call.path("bucket");
    let (draft, content) = draft(call)?;
    let conditions = Preconditions::of(call, "")?;
    if let Some(content) = content {
        return finish(cloud, call, bucket, draft, &conditions, content);
    }
    cloud.storage.check(bucket, &draft.name, &conditions)?;
    // Unique and later than the last, as generations are; and as opaque.
    let id = format!("{bucket}-{:x}", cloud.storage.generation(bucket, call.now)?);
    let location = format!(
        "{}/upload/storage/v1/b/{bucket}/o?uploadType=resumable&upload_id={id}",
        call.origin
    );
    let session = Session {
        bucket: bucket.to_owned(),
        draft,
        conditions,
        content: Vec::new(),
        done: None,
    };
    cloud.storage.sessions.insert(id.clone(), session);
    let mut response = Response::new(Bytes::new());
    for (name, value) in [("location", location), ("x-guploader-uploadid", id)] {
        // A bucket's name and an origin are ASCII; a stranger one gets no header.
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(Answer::Raw(response))
}

/// Nothing more: who holds a session's URI was allowed to write when it began.
pub(super) fn resume_needs(_: &Cloud, _: &Call) -> Result<Vec<Need>, ApiError> {
    Ok(Vec::new())
}

/// `PUT` to the URI of a session: a chunk, the last one, or a question.
pub(super) fn resume(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let id = call.query("upload_id").unwrap_or_default();
    let found = cloud.storage.sessions.get(id);
    let Some(session) = found.filter(|s| s.bucket == call.path("bucket")) else {
        return Err(ApiError::not_found(format!("No such upload: {id}")));
    };
    if let Some(generation) = session.done {
        let (bucket, name) = (&session.bucket, &session.draft.name);
        let generation = u64::try_from(generation).ok();
        let object = cloud.storage.object(bucket, name, generation)?;
        return Ok(Answer::Json(object.json(bucket, name, &call.origin)));
    }
    let chunk = Chunk::of(header(call, "content-range"), call.raw.len())?;
    let have = session.content.len();
    let Some(session) = cloud.storage.sessions.get_mut(id) else {
        return Err(ApiError::not_found(format!("No such upload: {id}")));
    };
    if let Some(first) = chunk.first {
        if first > have {
            return Err(ApiError {
                status: 503,
                ..ApiError::invalid(format!(
                    "Invalid request. The chunk begins at {first}, but {have} bytes are there."
                ))
            });
        }
        // What is already there, a client may send again.
        let new = call.raw.get(have - first..).unwrap_or_default();
        session.content.extend_from_slice(new);
    }
    let have = session.content.len();
    if chunk.total != Some(have) {
        if chunk.total.is_some_and(|total| total < have) {
            let message = format!("The upload has {have} bytes, more than its total.");
            return Err(ApiError::invalid(message));
        }
        return Ok(incomplete(have));
    }
    let session = session.clone();
    let content = BytesMut::from(session.content.as_slice()).freeze();
    let Session {
        bucket,
        draft,
        conditions,
        ..
    } = session;
    let answer = finish(cloud, call, &bucket, draft, &conditions, content)?;
    if let (Answer::Json(object), Some(session)) = (&answer, cloud.storage.sessions.get_mut(id)) {
        session.content.clear();
        session.done = object["generation"].as_str().and_then(|g| g.parse().ok());
    }
    Ok(answer)
}

fn incomplete(have: usize) -> Answer {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    if let Some(last) = have.checked_sub(1) {
        let range = HeaderValue::from_str(&format!("bytes=0-{last}")).expect("ASCII");
        response.headers_mut().insert(header::RANGE, range);
    }
    Answer::Raw(response)
}

/// What `Content-Range` says of a chunk.
#[derive(Debug, PartialEq, Eq)]
struct Chunk {
    /// Where it begins; `None` for a question about the state (`bytes */…`).
    first: Option<usize>,
    /// How long the whole is, once that is known.
    total: Option<usize>,
}

impl Chunk {
    fn of(range: Option<&str>, length: usize) -> Result<Self, ApiError> {
        let Some(range) = range else {
            // No header: all of it at once.
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
    draft: Draft,
    conditions: &Preconditions,
    content: Bytes,
) -> Result<Answer, ApiError> {
    if let Some(given) = &draft.crc32c {
        let is = BASE64_STANDARD.encode(crc32c::crc32c(&content).to_be_bytes());
        if *given != is {
            return Err(ApiError::invalid(format!(
                "Provided CRC32C \"{given}\" doesn't match calculated CRC32C \"{is}\"."
            )));
        }
    }
    let Draft {
        name, attributes, ..
    } = draft;
    let object: &Object = cloud
        .storage
        .put(bucket, &name, conditions, attributes, content, call.now)?;
    Ok(Answer::Json(object.json(bucket, &name, &call.origin)))
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
                Chunk::of(range, length).ok(),
                expected,
                "{range:?} {length}"
            );
        }
    }
}
