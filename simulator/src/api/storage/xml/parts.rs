//! Multipart uploads: an object in parts, which may arrive at the same time.

use super::{
    error::error,
    object::{attributes, content, etag, hexadecimal, set, url},
};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    api::storage::{
        Storage,
        checksums::Checksums,
        permissions::{on_object, write_permissions},
        precondition::Preconditions,
        session::{MultipartUpload, UploadPart},
        view::{self, Projection},
    },
    base64_field,
    content::Content,
    iam::RequiredPermission,
    xml::{contents, element, response, unescape},
};
use bytes::Bytes;
use http::Response;
use serde_json::Value;

/// All parts but the last are at least as large.
const MIN_PART: u64 = 5 << 20;
const MAX_PARTS: u32 = 10_000;

fn document(root: &str, body: &str) -> Response<Bytes> {
    let xmlns = "http://s3.amazonaws.com/doc/2006-03-01/";
    response(200, &format!("<{root} xmlns='{xmlns}'>{body}</{root}>"))
}

/// The elements that name an object.
fn identity(call: &Call) -> String {
    element("Bucket", call.path("bucket")) + &element("Key", call.path("object"))
}

/// `POST OBJECT?uploads`.
pub(super) fn initiate(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (bucket, name) = (call.path("bucket"), call.path("object"));
    let storage = &mut cloud.storage;
    let id = storage.upload_id(bucket, call.now)?;
    let upload = MultipartUpload {
        bucket: bucket.to_owned(),
        name: name.to_owned(),
        attributes: attributes(call),
    };
    storage.multipart_uploads.insert(id.as_str(), upload);
    let body = identity(call) + &element("UploadId", &id);
    let response = document("InitiateMultipartUploadResult", &body);
    Ok(ApiResponse::Raw(response))
}

/// The upload in the query, with its ID.
fn open<'a, 'b>(
    cloud: &'a Cloud,
    call: &'b Call,
) -> Result<(&'b str, &'a MultipartUpload), ApiError> {
    let id = call.query("uploadId").unwrap_or_default();
    let at = (call.path("bucket"), call.path("object"));
    let upload = cloud.storage.multipart_uploads.get(id);
    let upload = upload.filter(|upload| (upload.bucket.as_str(), upload.name.as_str()) == at);
    let missing = || {
        error(
            404,
            "NoSuchUpload",
            "The specified upload does not exist.",
            &[],
        )
    };
    Ok((id, upload.ok_or_else(missing)?))
}

fn invalid_part(details: &str) -> ApiError {
    let message = "One or more of the specified parts could not be found.";
    error(400, "InvalidPart", message, &[("Details", details)])
}

fn part_etag(content: &Content) -> String {
    let md5 = content.md5().and_then(|md5| base64_field::decode(&md5));
    format!("\"{}\"", hexadecimal(&md5.unwrap_or_default()))
}

/// `PUT OBJECT?partNumber=…&uploadId=…`. A part that is there is replaced.
pub(super) fn upload(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (id, _) = open(cloud, call)?;
    let number = call.query("partNumber").and_then(|text| text.parse().ok());
    let number = number.filter(|number| (1..=MAX_PARTS).contains(number));
    let number = number
        .ok_or_else(|| ApiError::invalid(format!("Part number must be from 1 to {MAX_PARTS}.")))?;
    let content = content(call).finish();
    Checksums::new(call, &Value::Null).check(&content)?;
    let mut response = Response::new(Bytes::new());
    set(&mut response, "etag", &part_etag(&content));
    let md5 = content.md5().unwrap_or_default();
    let hash = format!("crc32c={},md5={md5}", content.crc32c());
    set(&mut response, "x-goog-hash", &hash);
    let part = UploadPart {
        content,
        written: call.now,
    };
    let key = Storage::part_key(id, number);
    cloud.storage.upload_parts.insert(key, part);
    Ok(ApiResponse::Raw(response))
}

/// `GET OBJECT?uploadId=…`.
pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (id, _) = open(cloud, call)?;
    let after = call.query_u64("part-number-marker")?.unwrap_or(0);
    let max = call.query_u64("max-parts")?.unwrap_or(1000).clamp(1, 1000);
    let parts = cloud.storage.upload_parts.with_prefix(format!("{id}/"));
    let parts = parts.filter_map(|(key, part)| Some((key[id.len() + 1..].parse().ok()?, part)));
    let mut parts = parts.filter(|(number, _): &(u64, _)| *number > after);
    let mut listed = String::new();
    let mut last = after;
    for (number, part) in parts
        .by_ref()
        .take(usize::try_from(max).unwrap_or(usize::MAX))
    {
        last = number;
        let fields = [
            ("PartNumber", number.to_string()),
            ("LastModified", part.written.to_string()),
            ("ETag", part_etag(&part.content)),
            ("Size", part.content.size().to_string()),
        ];
        let fields = fields.map(|(name, text)| element(name, &text)).concat();
        listed += &format!("<Part>{fields}</Part>");
    }
    let fields = [
        ("UploadId", id.to_owned()),
        ("PartNumberMarker", after.to_string()),
        ("NextPartNumberMarker", last.to_string()),
        ("MaxParts", max.to_string()),
        ("IsTruncated", parts.next().is_some().to_string()),
    ];
    let fields = fields.map(|(name, text)| element(name, &text)).concat();
    let body = identity(call) + &fields + &listed;
    Ok(ApiResponse::Raw(document("ListPartsResult", &body)))
}

pub(super) fn complete_permissions(
    cloud: &Cloud,
    call: &Call,
) -> Result<Vec<RequiredPermission>, ApiError> {
    let mut required = on_object(cloud, call, &["storage.multipartUploads.create"])?;
    let (bucket, name) = (call.path("bucket"), call.path("object"));
    required.extend(write_permissions(cloud, call, bucket, name)?);
    Ok(required)
}

/// The content of the parts that the body names, in ascending order.
fn assemble(cloud: &Cloud, id: &str, body: &str) -> Result<Content, ApiError> {
    let named = contents(body, "Part");
    let mut last = 0;
    let mut parts: Vec<&Content> = Vec::new();
    for part in &named {
        let field = |name| {
            contents(part, name)
                .first()
                .map(|text| unescape(text.trim()))
        };
        let number = field("PartNumber").and_then(|text| text.parse().ok());
        let number: u32 = number.ok_or_else(|| invalid_part("A part has no PartNumber."))?;
        if number <= last {
            let message = "The list of parts was not in ascending order.";
            return Err(error(400, "InvalidPartOrder", message, &[]));
        }
        last = number;
        let found = cloud
            .storage
            .upload_parts
            .get(&Storage::part_key(id, number));
        let found = found.map(|part| &part.content);
        let etag = field("ETag").unwrap_or_default();
        let is_same =
            |content: &&Content| part_etag(content).trim_matches('"') == etag.trim_matches('"');
        let content = found.filter(is_same).ok_or_else(|| {
            invalid_part(&format!("There is no part {number} with the ETag {etag}."))
        })?;
        parts.push(content);
    }
    let all_but_last = parts.iter().rev().skip(1);
    if let Some(small) = all_but_last
        .map(|part| part.size())
        .find(|size| *size < MIN_PART)
    {
        let message = "Your proposed upload is smaller than the minimum allowed object size.";
        let details = format!("A part that is not the last one has {small} bytes.");
        return Err(error(
            400,
            "EntityTooSmall",
            message,
            &[("Details", &details)],
        ));
    }
    if parts.is_empty() {
        let message = "The XML you provided was not well-formed or did not validate.";
        return Err(error(400, "MalformedXML", message, &[]));
    }
    Ok(Content::joined(parts.into_iter()))
}

/// `POST OBJECT?uploadId=…`.
pub(super) fn complete(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (id, upload) = open(cloud, call)?;
    let attributes = upload.attributes.clone();
    let content = assemble(cloud, id, &String::from_utf8_lossy(&call.raw))?;
    let at = (call.path("bucket"), call.path("object"));
    let none = Preconditions::default();
    let storage = &mut cloud.storage;
    storage.put(call, at, &none, attributes, content)?;
    storage.remove_multipart_upload(id);
    let ApiResponse::Json(object) =
        view::object_response(cloud, call, at, None, Projection::NoAcl)?
    else {
        return Err(ApiError::unavailable("There is no object."));
    };
    let body = element("Location", &url(call)) + &identity(call) + &element("ETag", &etag(&object));
    let mut response = document("CompleteMultipartUploadResult", &body);
    for (name, value) in [
        (
            "x-goog-hash",
            format!("crc32c={}", object["crc32c"].as_str().unwrap_or_default()),
        ),
        (
            "x-goog-generation",
            object["generation"].as_str().unwrap_or_default().to_owned(),
        ),
    ] {
        set(&mut response, name, &value);
    }
    Ok(ApiResponse::Raw(response))
}

/// `DELETE OBJECT?uploadId=…`.
pub(super) fn abort(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (id, _) = open(cloud, call)?;
    cloud.storage.remove_multipart_upload(id);
    Ok(ApiResponse::no_content())
}
