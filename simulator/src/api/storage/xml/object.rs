//! Objects: read, written and deleted.

use super::error::error;
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    api::storage::{
        checksums::header,
        download, upload,
        view::{self, Projection},
        write,
    },
    base64_field,
    content::{Body, Received, Receiving},
    google_name::bucket_at,
    iam::RequiredPermission,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header as headers};
use names::{Duration, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use std::time::UNIX_EPOCH;

/// What is encoded in a path.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/');

/// The same request to the JSON API, where headers with conditions are parameters.
fn json_call(call: &Call, more: &[(&str, &str)]) -> Call {
    let conditions = [
        (
            "ifGenerationMatch",
            header(call, "x-goog-if-generation-match"),
        ),
        (
            "ifMetagenerationMatch",
            header(call, "x-goog-if-metageneration-match"),
        ),
        ("generation", call.query("generation")),
        ("upload_id", call.query("upload_id")),
    ];
    let given = conditions
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    let query = more.iter().copied().chain(given);
    Call {
        query: query
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        ..call.clone()
    }
}

/// Fields of an object, and the headers that they are in.
const HEADERS: [(&str, &str); 7] = [
    ("contentType", "content-type"),
    ("cacheControl", "cache-control"),
    ("contentDisposition", "content-disposition"),
    ("contentEncoding", "content-encoding"),
    ("contentLanguage", "content-language"),
    ("customTime", "x-goog-custom-time"),
    ("storageClass", "x-goog-storage-class"),
];
const METADATA: &str = "x-goog-meta-";

/// The fields of an object that the headers of a request set.
pub(super) fn attributes(call: &Call) -> Map<String, Value> {
    let fields = HEADERS.into_iter().filter_map(|(field, name)| {
        let value = header(call, name).filter(|value| !value.is_empty())?;
        Some((field.to_owned(), value.into()))
    });
    let mut fields: Map<String, Value> = fields.collect();
    let metadata = call.headers.iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix(METADATA)?;
        Some((name.to_owned(), value.to_str().ok()?.into()))
    });
    let metadata: Map<String, Value> = metadata.collect();
    if !metadata.is_empty() {
        fields.insert("metadata".to_owned(), metadata.into());
    }
    fields
}

/// The content in the body of a request.
pub(super) fn content(call: &Call) -> Receiving {
    match &call.received {
        Some(received) => received.content.clone(),
        None => Receiving::from(call.raw.clone()),
    }
}

/// The request that inserts the same object by the JSON API.
fn insertion(call: &Call, upload_type: &str) -> Call {
    let mut metadata = attributes(call);
    metadata.insert("name".to_owned(), call.path("object").into());
    Call {
        raw: Bytes::from(Value::Object(metadata).to_string()),
        received: Some(Received {
            content: content(call),
            before: 0,
            kind: None,
        }),
        ..json_call(call, &[("uploadType", upload_type)])
    }
}

pub(super) fn put_permissions(
    cloud: &Cloud,
    call: &Call,
) -> Result<Vec<RequiredPermission>, ApiError> {
    upload::required_permissions(cloud, &insertion(call, "multipart"))
}

/// Checks the size against `x-goog-content-length-range: MIN,MAX`, by which a signed
/// URL limits it. The messages are unverified.
fn check_size(call: &Call) -> Result<(), ApiError> {
    let Some(range) = header(call, "x-goog-content-length-range") else {
        return Ok(());
    };
    let bounds = range.split_once(',');
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let bounds = bounds.and_then(|(min, max)| Some((number(min)?, number(max)?)));
    let (min, max) = bounds.ok_or_else(|| {
        ApiError::invalid(format!("Invalid x-goog-content-length-range: {range}"))
    })?;
    let size = content(call).size();
    let details = format!("{size} bytes are not in the range {range}.");
    let details = [("Details", details.as_str())];
    if size > max {
        let message = "Your proposed upload exceeds the maximum allowed object size.";
        return Err(error(400, "EntityTooLarge", message, &details));
    }
    if size < min {
        let message = "Your proposed upload is smaller than the minimum allowed object size.";
        return Err(error(400, "EntityTooSmall", message, &details));
    }
    Ok(())
}

/// `PUT OBJECT`.
pub(super) fn put(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    check_size(call)?;
    upload::insert(cloud, &insertion(call, "multipart")).map(written)
}

/// `POST OBJECT` with `x-goog-resumable: start`.
pub(super) fn start_resumable(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let ApiResponse::Raw(mut response) = upload::insert(cloud, &insertion(call, "resumable"))?
    else {
        return Err(ApiError::unavailable("There is no session."));
    };
    let id = response.headers().get("x-guploader-uploadid");
    let id = id.and_then(|id| id.to_str().ok()).unwrap_or_default();
    let location = format!("{}?upload_id={id}", url(call));
    *response.status_mut() = StatusCode::CREATED;
    set(&mut response, "location", &location);
    Ok(ApiResponse::Raw(response))
}

/// The URL of the object.
pub(super) fn url(call: &Call) -> String {
    let object = utf8_percent_encode(call.path("object"), PATH);
    match bucket_at(&call.origin) {
        Some(_) => format!("{}/{object}", call.origin),
        None => format!("{}/{}/{object}", call.origin, call.path("bucket")),
    }
}

/// `PUT` to the URL of a session.
pub(super) fn resume(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    upload::resume(cloud, &json_call(call, &[])).map(written)
}

/// The response to the request that wrote an object.
fn written(response: ApiResponse) -> ApiResponse {
    match response {
        ApiResponse::Json(object) => {
            let mut response = Response::new(Bytes::new());
            set_headers(&mut response, &object);
            ApiResponse::Raw(response)
        }
        ApiResponse::Raw(_) | ApiResponse::WaitUntil(_) => response,
    }
}

/// `DELETE OBJECT`.
pub(super) fn delete(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    write::delete(cloud, &json_call(call, &[]))
}

/// `GET OBJECT`.
pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    read(cloud, call).map(|(response, _)| ApiResponse::Raw(response))
}

/// `HEAD OBJECT`.
pub(super) fn head(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let mut whole = call.clone();
    whole.headers.remove(headers::RANGE);
    let (mut response, object) = read(cloud, &whole)?;
    response.extensions_mut().remove::<Body>();
    *response.body_mut() = Bytes::new();
    set(&mut response, "content-length", text(&object, "size"));
    Ok(ApiResponse::Raw(response))
}

/// The response with an object, and its resource in the JSON API.
fn read(cloud: &mut Cloud, call: &Call) -> Result<(Response<Bytes>, Value), ApiError> {
    let json = json_call(call, &[]);
    let at = (call.path("bucket"), call.path("object"));
    let generation = json.query_u64("generation")?;
    let (ApiResponse::Raw(mut response), ApiResponse::Json(object)) = (
        download::media(cloud, &json)?,
        view::object_response(cloud, &json, at, generation, Projection::NoAcl)?,
    ) else {
        return Err(ApiError::unavailable("There is no content."));
    };
    if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
        let message = "The requested range cannot be satisfied.";
        return Err(error(416, "InvalidRange", message, &[]));
    }
    set_headers(&mut response, &object);
    let updated = text(&object, "updated").parse::<Timestamp>();
    let updated = updated
        .ok()
        .and_then(|at| u64::try_from(at.as_seconds()).ok());
    if let Some(seconds) = updated {
        let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
        set(&mut response, "last-modified", &date);
    }
    for (name, value) in object["metadata"].as_object().into_iter().flatten() {
        set(
            &mut response,
            &format!("{METADATA}{name}"),
            value.as_str().unwrap_or_default(),
        );
    }
    for (name, value) in &call.query {
        if let Some(name) = name.strip_prefix("response-content-") {
            set(&mut response, &format!("content-{name}"), value);
        }
    }
    Ok((response, object))
}

fn text<'v>(object: &'v Value, field: &str) -> &'v str {
    object[field].as_str().unwrap_or_default()
}

/// The headers that name what is stored, from the resource in the JSON API.
fn set_headers(response: &mut Response<Bytes>, object: &Value) {
    let mut hash = format!("crc32c={}", text(object, "crc32c"));
    if let Some(md5) = object["md5Hash"].as_str() {
        hash.push_str(&format!(",md5={md5}"));
    }
    let encoding = object["contentEncoding"].as_str().unwrap_or("identity");
    for (name, value) in [
        ("etag", etag(object).as_str()),
        ("x-goog-generation", text(object, "generation")),
        ("x-goog-metageneration", text(object, "metageneration")),
        ("x-goog-hash", &hash),
        ("x-goog-stored-content-encoding", encoding),
        ("x-goog-stored-content-length", text(object, "size")),
    ] {
        set(response, name, value);
    }
}

/// The MD5 of the content in hexadecimal digits, or what stands for it, in quotes.
pub(super) fn etag(object: &Value) -> String {
    let md5 = object["md5Hash"].as_str().and_then(base64_field::decode);
    let etag = md5.map_or_else(|| text(object, "etag").to_owned(), |md5| hexadecimal(&md5));
    format!("\"{etag}\"")
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Sets a header, unless name or value cannot be in one.
pub(super) fn set(response: &mut Response<Bytes>, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (
        HeaderName::from_bytes(name.as_bytes()),
        HeaderValue::from_str(value),
    ) {
        response.headers_mut().insert(name, value);
    }
}
