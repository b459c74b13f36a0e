//! Managed folders: prefixes of object names with policies of their own.
//!
//! A grant on a managed folder applies to all objects whose names begin with
//! the folder's, and to listing below it. Messages of errors are unverified.

use super::{
    precondition::Preconditions,
    resource::{folder_resource, with_slash},
};
use crate::{
    ApiError, Call, Cloud,
    collection::{IdSource, Kind, Row, Verb},
    iam::{RequiredPermission, Resource},
};
use serde_json::Value;

pub(crate) static MANAGED_FOLDER: Kind = Kind::new("storage.v1", "managedFolders")
    .id(IdSource::Body("name"), "", |_| true)
    .canonical(canonical)
    .check_call(|cloud, _, _, name| cloud.storage.bucket(bucket_of(name)).map(|_| ()))
    .requires(requires)
    .prepare(prepare)
    .check_delete(check_delete);

/// `b/{bucket}/managedFolders/{folder}` as IAM names it.
fn canonical(_: &Cloud, _: &Call, path: String) -> String {
    let path = path.strip_prefix("b/").unwrap_or(&path);
    let rest = path.trim_start_matches("projects/_/buckets/");
    match rest.split_once("/managedFolders/") {
        Some((bucket, folder)) => folder_resource(bucket, folder).name,
        None => format!("projects/_/buckets/{rest}"),
    }
}

fn bucket_of(name: &str) -> &str {
    name.split('/').nth(3).unwrap_or_default()
}

fn allows_non_empty(call: &Call) -> bool {
    let requested = call.query("allowNonEmpty");
    requested.is_some_and(|v| v.eq_ignore_ascii_case("true"))
}

/// Deleting a folder that is not empty requires `setIamPolicy` too, according
/// to discovery.
fn requires(_: &Cloud, call: &Call, verb: Verb, name: &str) -> Vec<RequiredPermission> {
    if verb == Verb::Delete && allows_non_empty(call) {
        let folder = MANAGED_FOLDER.resource(name);
        return vec![RequiredPermission::new(
            "storage.managedFolders.setIamPolicy",
            folder,
        )];
    }
    Vec::new()
}

fn prepare(
    cloud: &Cloud,
    call: &Call,
    path: &str,
    _: Option<&Row>,
    body: &mut Value,
) -> Result<(), ApiError> {
    let name = call.body["name"].as_str().unwrap_or_default();
    if name.trim_end_matches('/').is_empty() || name.len() > 1024 || name.contains(['\r', '\n']) {
        let message = format!("Invalid managed folder name: '{name}'");
        return Err(ApiError::invalid(message));
    }
    if !cloud.storage.bucket(bucket_of(path))?.is_uniform() {
        return Err(ApiError::invalid(
            "Managed folders need uniform bucket-level access on their bucket.",
        ));
    }
    body["name"] = with_slash(name).into();
    Ok(())
}

/// A folder's objects are kept, its policy is removed.
fn check_delete(cloud: &Cloud, call: &Call, name: &str) -> Result<(), ApiError> {
    Preconditions::from_call(call, "")?.check(Some((0, 1)), false)?;
    let (_, folder) = name.split_once("/managedFolders/").unwrap_or_default();
    let key = format!("{}/{folder}", bucket_of(name));
    let storage = &cloud.storage;
    let objects = storage
        .objects
        .with_prefix(&key)
        .chain(storage.versions.with_prefix(&key));
    let folders = MANAGED_FOLDER.rows(cloud, name).skip(1);
    if (folders.count() > 0 || objects.count() > 0) && !allows_non_empty(call) {
        return Err(ApiError::conflict(
            "The managed folder you tried to delete is not empty.",
        ));
    }
    Ok(())
}

/// Whether there is such a folder; its name ends with `/`.
pub(super) fn is_there(cloud: &Cloud, bucket: &str, folder: &str) -> bool {
    let name = folder_resource(bucket, folder).name;
    MANAGED_FOLDER.row(cloud, &name).is_some()
}

/// The names of a bucket's folders that begin with `prefix`.
pub(super) fn names<'a>(
    cloud: &'a Cloud,
    bucket: &str,
    prefix: &str,
) -> impl Iterator<Item = &'a str> {
    let inside = format!("projects/_/buckets/{bucket}/managedFolders/");
    let rows = MANAGED_FOLDER.rows(cloud, &format!("{inside}{prefix}"));
    rows.map(move |(name, _)| &name[inside.len()..])
}

/// The folder in the path; 404 if it does not exist.
pub(super) fn existing(cloud: &Cloud, call: &Call) -> Result<Resource, ApiError> {
    let (bucket, folder) = (call.path("bucket"), call.path("managedFolder"));
    if is_there(cloud, bucket, folder) {
        return Ok(folder_resource(bucket, folder));
    }
    Err(ApiError::not_found(
        "The specified managed folder does not exist.",
    ))
}

/// The permissions of a policy's methods.
pub(super) fn on_folder(
    cloud: &Cloud,
    call: &Call,
    permission: &'static str,
) -> Result<Vec<RequiredPermission>, ApiError> {
    let (bucket, folder) = (call.path("bucket"), call.path("managedFolder"));
    cloud.storage.bucket(bucket)?;
    Ok(vec![RequiredPermission::new(
        permission,
        folder_resource(bucket, folder),
    )])
}
