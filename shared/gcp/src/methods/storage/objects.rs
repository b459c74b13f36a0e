//! Objects.

use crate::{
    Client, Error, Idempotency, Method, On, Pages, Request, RequiredPermission, ResponseKind,
    methods::int64::int64,
};
use bytes::Bytes;
use names::{BucketName, ManagedFolderName, ObjectName};
use serde::Deserialize;
use std::{collections::BTreeMap, ops::Range};

const OBJECT: &[&str] = &["name", "generation", "size", "metadata"];

/// Writes an object in one request: its content alone, or with metadata
/// ([`super::insert_object_with_metadata`]).
pub static OBJECTS_INSERT: Method =
    Method::post("storage.objects.insert", "/upload/storage/v1/b/{bucket}/o")
        .query(&["name", "uploadType", "ifGenerationMatch"])
        .request_fields(&["contentType", "metadata"])
        .response_fields(OBJECT)
        .idempotency(Idempotency::If(|r| {
            r.query_value("ifGenerationMatch").is_some()
        }))
        .requires(|r| {
            let name = r.query_value("name").unwrap_or_default();
            let mut required = vec![on_object("storage.objects.create", r, name)];
            // Without the precondition the write may replace an object.
            if r.query_value("ifGenerationMatch") != Some("0") {
                required.push(on_object("storage.objects.delete", r, name));
            }
            required
        });

/// Reads an object's metadata.
pub static OBJECTS_GET: Method =
    Method::get("storage.objects.get", "/storage/v1/b/{bucket}/o/{object}")
        .response_fields(OBJECT)
        .needs(&[("storage.objects.get", On::Resource)]);

/// Reads an object's content (the same method with `alt=media`).
pub static OBJECTS_GET_MEDIA: Method =
    Method::get("storage.objects.get", "/storage/v1/b/{bucket}/o/{object}")
        .query(&["alt"])
        .response(ResponseKind::Media)
        .needs(&[("storage.objects.get", On::Resource)]);

/// Lists objects.
pub static OBJECTS_LIST: Method = Method::get("storage.objects.list", "/storage/v1/b/{bucket}/o")
    .query(&[
        "prefix",
        "startOffset",
        "endOffset",
        "pageToken",
        "versions",
    ])
    .response_fields(&[
        "items.name",
        "items.generation",
        "items.size",
        "nextPageToken",
    ])
    .needs(&[("storage.objects.list", On::Resource)]);

/// Deletes an object.
pub static OBJECTS_DELETE: Method = Method::delete(
    "storage.objects.delete",
    "/storage/v1/b/{bucket}/o/{object}",
)
.query(&["ifGenerationMatch", "generation"])
.response(ResponseKind::Empty)
.idempotency(Idempotency::If(|r| {
    let is_set = |name| r.query_value(name).is_some();
    is_set("ifGenerationMatch") || is_set("generation")
}))
.needs(&[("storage.objects.delete", On::Resource)]);

/// `permission` on an object in the bucket of the request's path.
fn on_object(permission: &'static str, r: &Request, object: &str) -> RequiredPermission {
    let name = format!(
        "projects/_/buckets/{}/objects/{object}",
        r.path_value("bucket")
    );
    RequiredPermission::on(permission, "storage.googleapis.com", &name)
}

/// An object's metadata.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Object {
    /// Its name.
    pub name: ObjectName,
    /// The generation, which changes with the content.
    #[serde(deserialize_with = "int64", default)]
    pub generation: i64,
    /// Its size in bytes.
    #[serde(deserialize_with = "int64", default)]
    pub size: i64,
    /// Custom metadata; empty in a list.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

/// A precondition on the object that is written or deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precondition {
    /// No precondition: an existing object is replaced.
    None,
    /// It does not exist.
    Absent,
    /// It is of this generation.
    Generation(i64),
}

/// Writes an object.
///
/// # Errors
/// The call failed; 412 if the precondition does not hold. A write whose
/// response was lost is retried and may then fail because of itself: on 412,
/// read the object before concluding that somebody else wrote it.
pub async fn insert_object(
    client: &Client,
    bucket: &BucketName,
    object: &ObjectName,
    content_type: &'static str,
    bytes: impl Into<Bytes>,
    precondition: Precondition,
) -> Result<Object, Error> {
    let request = Request::new(&OBJECTS_INSERT)
        .path("bucket", bucket)
        .query("uploadType", "media")
        .query("name", object)
        .media(content_type, bytes);
    client.json(&with_precondition(request, precondition)).await
}

pub(super) fn with_precondition(request: Request, precondition: Precondition) -> Request {
    match precondition {
        Precondition::None => request,
        Precondition::Absent => request.query("ifGenerationMatch", 0),
        Precondition::Generation(generation) => request.query("ifGenerationMatch", generation),
    }
}

fn object_request(method: &'static Method, bucket: &BucketName, object: &ObjectName) -> Request {
    Request::new(method)
        .path("bucket", bucket)
        .path("object", object)
}

/// Reads an object's metadata.
///
/// # Errors
/// The call failed; 404 if the object does not exist, or 403 to callers
/// without `storage.objects.list` on the bucket.
pub async fn get_object(
    client: &Client,
    bucket: &BucketName,
    object: &ObjectName,
) -> Result<Object, Error> {
    client
        .json(&object_request(&OBJECTS_GET, bucket, object))
        .await
}

/// Reads an object's content.
///
/// # Errors
/// As [`get_object`].
pub async fn read_object(
    client: &Client,
    bucket: &BucketName,
    object: &ObjectName,
) -> Result<Bytes, Error> {
    let request = object_request(&OBJECTS_GET_MEDIA, bucket, object).query("alt", "media");
    Ok(client.send(&request).await?.body)
}

/// Lists the objects whose names begin with `prefix`, in order of their names.
///
/// # Errors
/// A call failed.
pub async fn list_objects(
    client: &Client,
    bucket: &BucketName,
    prefix: &str,
) -> Result<Vec<Object>, Error> {
    let request = Request::new(&OBJECTS_LIST)
        .path("bucket", bucket)
        .query("prefix", prefix);
    Pages::new(client, request).all("items").await
}

/// Lists the objects whose names are in `range`, in order of their names.
///
/// # Errors
/// A call failed.
pub async fn list_objects_between(
    client: &Client,
    bucket: &BucketName,
    range: Range<&ObjectName>,
) -> Result<Vec<Object>, Error> {
    let request = Request::new(&OBJECTS_LIST)
        .path("bucket", bucket)
        .query("startOffset", range.start)
        .query("endOffset", range.end);
    Pages::new(client, request).all("items").await
}

/// Deletes an object.
///
/// # Errors
/// The call failed; 404 if the object does not exist, 412 if the precondition
/// does not hold.
pub async fn delete_object(
    client: &Client,
    bucket: &BucketName,
    object: &ObjectName,
    precondition: Precondition,
) -> Result<(), Error> {
    let request = object_request(&OBJECTS_DELETE, bucket, object);
    client
        .send(&with_precondition(request, precondition))
        .await?;
    Ok(())
}

/// Lists all versions of all objects, current and noncurrent.
///
/// # Errors
/// A call failed.
pub async fn list_versions(client: &Client, bucket: &BucketName) -> Result<Vec<Object>, Error> {
    let request = Request::new(&OBJECTS_LIST)
        .path("bucket", bucket)
        .query("versions", true);
    Pages::new(client, request).all("items").await
}

/// Lists all versions of all objects in a folder, current and noncurrent.
///
/// # Errors
/// A call failed.
pub async fn list_versions_in(
    client: &Client,
    folder: &ManagedFolderName,
) -> Result<Vec<Object>, Error> {
    let request = Request::new(&OBJECTS_LIST)
        .path("bucket", folder.bucket())
        .query("prefix", folder.prefix())
        .query("versions", true);
    Pages::new(client, request).all("items").await
}

/// Deletes one version of an object permanently.
///
/// # Errors
/// The call failed; 404 if the version does not exist.
pub async fn delete_version(
    client: &Client,
    bucket: &BucketName,
    object: &Object,
) -> Result<(), Error> {
    let request = object_request(&OBJECTS_DELETE, bucket, &object.name)
        .query("generation", object.generation);
    client.send(&request).await?;
    Ok(())
}
