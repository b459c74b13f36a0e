//! Cloud Storage, JSON API v1: buckets and objects.

mod buckets;
mod described;
mod folders;

pub use buckets::*;
pub use described::*;
pub use folders::*;

use super::int64;
use crate::{Client, Error, Idempotency, Method, Pages, Request, RequiredPermission, ResponseKind};
use bytes::Bytes;
use names::{BucketName, ManagedFolderName, ObjectName};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Every method of this file.
pub static ALL: &[&Method] = &[
    &BUCKETS_INSERT,
    &BUCKETS_DELETE,
    &BUCKETS_GET,
    &BUCKETS_GET_IAM_POLICY,
    &BUCKETS_LIST,
    &BUCKETS_PATCH,
    &BUCKETS_SET_IAM_POLICY,
    &FOLDERS_DELETE,
    &FOLDERS_GET,
    &FOLDERS_GET_IAM_POLICY,
    &FOLDERS_INSERT,
    &FOLDERS_LIST,
    &FOLDERS_SET_IAM_POLICY,
    &OBJECTS_INSERT,
    &OBJECTS_GET,
    &OBJECTS_GET_MEDIA,
    &OBJECTS_LIST,
    &OBJECTS_DELETE,
];

const OBJECT: &[&str] = &["name", "generation", "size", "metadata"];

/// Writes an object in one request: its content alone, or with what is said
/// of it ([`insert_described`]).
pub static OBJECTS_INSERT: Method =
    Method::post("storage.objects.insert", "/upload/storage/v1/b/{bucket}/o")
        .query(&["name", "uploadType", "ifGenerationMatch"])
        .sends(&["contentType", "metadata"])
        .reads(OBJECT)
        .idempotency(Idempotency::If(|r| {
            r.query_value("ifGenerationMatch").is_some()
        }))
        .requires(|r| {
            let name = r.query_value("name").unwrap_or_default();
            let mut needs = vec![on_object("storage.objects.create", r, name)];
            // Only a write that must be the first surely replaces nothing.
            if r.query_value("ifGenerationMatch") != Some("0") {
                needs.push(on_object("storage.objects.delete", r, name));
            }
            needs
        });

/// Reads what is known of an object.
pub static OBJECTS_GET: Method =
    Method::get("storage.objects.get", "/storage/v1/b/{bucket}/o/{object}")
        .reads(OBJECT)
        .requires(|r| vec![on_object("storage.objects.get", r, r.path_value("object"))]);

/// Reads an object's bytes (the same method with `alt=media`).
pub static OBJECTS_GET_MEDIA: Method =
    Method::get("storage.objects.get", "/storage/v1/b/{bucket}/o/{object}")
        .query(&["alt"])
        .response(ResponseKind::Media)
        .requires(|r| vec![on_object("storage.objects.get", r, r.path_value("object"))]);

/// Lists objects.
pub static OBJECTS_LIST: Method = Method::get("storage.objects.list", "/storage/v1/b/{bucket}/o")
    .query(&["prefix", "pageToken", "versions"])
    .reads(&[
        "items.name",
        "items.generation",
        "items.size",
        "nextPageToken",
    ])
    .requires(|r| on_bucket("storage.objects.list", r));

/// Deletes an object.
pub static OBJECTS_DELETE: Method = Method::delete(
    "storage.objects.delete",
    "/storage/v1/b/{bucket}/o/{object}",
)
.query(&["ifGenerationMatch", "generation"])
.response(ResponseKind::Empty)
.idempotency(Idempotency::If(|r| {
    let names_one = |name| r.query_value(name).is_some();
    names_one("ifGenerationMatch") || names_one("generation")
}))
.requires(|r| {
    vec![on_object(
        "storage.objects.delete",
        r,
        r.path_value("object"),
    )]
});

fn bucket_name(r: &Request) -> String {
    format!("projects/_/buckets/{}", r.path_value("bucket"))
}

fn on_bucket(permission: &'static str, r: &Request) -> Vec<RequiredPermission> {
    let bucket = bucket_name(r);
    vec![RequiredPermission::on(
        permission,
        "storage.googleapis.com",
        &bucket,
    )]
}

fn on_object(permission: &'static str, r: &Request, object: &str) -> RequiredPermission {
    let name = format!("{}/objects/{object}", bucket_name(r));
    RequiredPermission::on(permission, "storage.googleapis.com", &name)
}

/// What is known of an object.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Object {
    /// Its name.
    pub name: ObjectName,
    /// Its version.
    #[serde(deserialize_with = "int64", default)]
    pub generation: i64,
    /// Its size in bytes.
    #[serde(deserialize_with = "int64", default)]
    pub size: i64,
    /// What its writer said of it; not read by a listing.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

/// What must be so of an object for it to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precondition {
    /// Nothing: whatever is there is replaced.
    None,
    /// It does not exist.
    Absent,
    /// It is of this generation.
    Generation(i64),
}

/// Writes an object.
///
/// # Errors
/// The call failed; 412 if the precondition is not so. A write whose answer
/// was lost is sent again and may then meet itself: on 412, read the object
/// before taking it for another's.
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
    client.json(&fenced(request, precondition)).await
}

fn fenced(request: Request, precondition: Precondition) -> Request {
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

/// Reads what is known of an object.
///
/// # Errors
/// The call failed. Who may not list the bucket gets 403 where there is no
/// such object.
pub async fn get_object(
    client: &Client,
    bucket: &BucketName,
    object: &ObjectName,
) -> Result<Object, Error> {
    client
        .json(&object_request(&OBJECTS_GET, bucket, object))
        .await
}

/// Reads an object's bytes.
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

/// Deletes an object.
///
/// # Errors
/// The call failed; 404 if it is not there, 412 if the precondition is not so.
pub async fn delete_object(
    client: &Client,
    bucket: &BucketName,
    object: &ObjectName,
    precondition: Precondition,
) -> Result<(), Error> {
    let request = object_request(&OBJECTS_DELETE, bucket, object);
    client.send(&fenced(request, precondition)).await?;
    Ok(())
}

/// Lists every version of every object, current or not.
///
/// # Errors
/// A call failed.
pub async fn list_versions(client: &Client, bucket: &BucketName) -> Result<Vec<Object>, Error> {
    let request = Request::new(&OBJECTS_LIST)
        .path("bucket", bucket)
        .query("versions", true);
    Pages::new(client, request).all("items").await
}

/// Lists every version of every object in a folder, current or not.
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

/// Deletes one version of an object for good.
///
/// # Errors
/// The call failed; 404 if it is not there.
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
