//! Reads of objects: metadata, and content in whole or in part.

use super::{
    object::Object,
    precondition::{Preconditions, or_not_modified},
    view::{self, Projection},
};
use crate::{ApiError, ApiResponse, Call, Cloud};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

fn find<'a>(cloud: &'a Cloud, call: &Call) -> Result<&'a Object, ApiError> {
    let (bucket, name) = (call.path("bucket"), call.path("object"));
    let object = cloud
        .storage
        .object(bucket, name, call.query_u64("generation")?)?;
    let state = Some((object.generation, object.metageneration));
    Preconditions::from_call(call, "")?.check(state, true)?;
    Ok(object)
}

/// `GET /b/{b}/o/{o}`: metadata, or content with `alt=media`.
pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    if call.query("alt") == Some("media") {
        return media(cloud, call);
    }
    let (bucket, name) = (call.path("bucket"), call.path("object"));
    let show = |object| view::object(cloud, call, (bucket, name), object, Projection::NoAcl);
    or_not_modified(find(cloud, call).map(|object| ApiResponse::Json(show(object))))
}

/// `GET /download/…`: content.
pub(super) fn media(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    or_not_modified(find(cloud, call).map(|object| content(object, call)))
}

fn content(object: &Object, call: &Call) -> ApiResponse {
    let requested = call
        .headers
        .get(header::RANGE)
        .and_then(|r| r.to_str().ok());
    let total = object.content.size();
    let (status, body, range) = match requested.and_then(|text| parse_range(text, total)) {
        None => (StatusCode::OK, object.content.range(0..total), None),
        Some(None) => {
            let mut response = Response::new(Bytes::from_static(b"Request range not satisfiable"));
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            set(&mut response, "content-range", &format!("bytes */{total}"));
            return ApiResponse::Raw(response);
        }
        Some(Some((first, end))) => (
            StatusCode::PARTIAL_CONTENT,
            object.content.range(first..end),
            Some(format!("bytes {first}-{}/{total}", end - 1)),
        ),
    };
    let mut response = match body.bytes() {
        Some(bytes) => Response::new(bytes),
        None => {
            let mut response = Response::new(Bytes::new());
            response.extensions_mut().insert(body);
            response
        }
    };
    *response.status_mut() = status;
    let text = |name: &str| object.attributes.get(name).and_then(|v| v.as_str());
    let encoding = text("contentEncoding");
    let md5 = object.content.md5();
    let md5 = md5.map_or_else(String::new, |md5| format!(",md5={md5}"));
    let checksums = format!("crc32c={}{md5}", object.content.crc32c());
    for (name, value) in [
        (
            "content-type",
            Some(text("contentType").unwrap_or("application/octet-stream")),
        ),
        ("content-encoding", encoding),
        ("content-language", text("contentLanguage")),
        ("content-disposition", text("contentDisposition")),
        ("cache-control", text("cacheControl")),
        ("accept-ranges", Some("bytes")),
        ("etag", Some(object.etag().as_str())),
        ("content-range", range.as_deref()),
        ("x-goog-hash", Some(checksums.as_str())),
        (
            "x-goog-generation",
            Some(object.generation.to_string().as_str()),
        ),
        (
            "x-goog-metageneration",
            Some(object.metageneration.to_string().as_str()),
        ),
        (
            "x-goog-storage-class",
            Some(text("storageClass").unwrap_or("STANDARD")),
        ),
        (
            "x-goog-stored-content-encoding",
            Some(encoding.unwrap_or("identity")),
        ),
        (
            "x-goog-stored-content-length",
            Some(total.to_string().as_str()),
        ),
    ] {
        if let Some(value) = value {
            set(&mut response, name, value);
        }
    }
    ApiResponse::Raw(response)
}

/// Metadata that is not a valid header value is not sent as a header.
fn set(response: &mut Response<Bytes>, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// The byte range `first..end` of a `Range` header. The outer `None`: not
/// supported (several ranges, other units) and thus ignored, as HTTP allows.
/// The inner `None`: not satisfiable.
fn parse_range(range: &str, total: u64) -> Option<Option<(u64, u64)>> {
    let (first, last) = range.trim().strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let (first, end) = match (first.trim(), last.trim()) {
        ("", "") => return None,
        ("", suffix) => (total.saturating_sub(number(suffix)?), total),
        (first, "") => (number(first)?, total),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            if last < first {
                return None;
            }
            (first, last.saturating_add(1).min(total))
        }
    };
    Some((first < end).then_some((first, end)))
}

#[cfg(test)]
mod tests {
    use super::parse_range;

    #[test]
    fn ranges() {
        let table = [
            ("bytes=0-3", Some(Some((0, 4)))),
            ("bytes=2-", Some(Some((2, 10)))),
            ("bytes=-3", Some(Some((7, 10)))),
            ("bytes=-30", Some(Some((0, 10)))),
            ("bytes=5-99", Some(Some((5, 10)))),
            ("bytes=5-18446744073709551615", Some(Some((5, 10)))),
            ("bytes=10-", Some(None)),
            ("bytes=-0", Some(None)),
            ("bytes=3-2", None),
            ("bytes=-", None),
            ("bytes=1-2,4-5", None),
            ("lines=1-2", None),
        ];
        for (range, expected) in table {
            assert_eq!(parse_range(range, 10), expected, "{range}");
        }
        assert_eq!(parse_range("bytes=0-", 0), Some(None));
    }
}
