//! Managed folders: prefixes of object names with policies of their own.
//!
//! A grant on a managed folder applies to all objects whose names begin with
//! the folder's, and to listing below it. Messages of errors are unverified.

use super::{
    folder::{Folder, METAGENERATION, to_json},
    precondition::{Preconditions, no_content},
    resource::{folder_resource, with_slash},
};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    iam::{RequiredPermission, Resource},
};
use serde_json::json;

fn key(call: &Call) -> String {
    format!(
        "{}/{}",
        call.path("bucket"),
        with_slash(call.path("managedFolder"))
    )
}

pub(super) fn required_permissions(
    cloud: &Cloud,
    call: &Call,
    permissions: &[&'static str],
) -> Result<Vec<RequiredPermission>, ApiError> {
    let bucket = call.path("bucket");
    cloud.storage.bucket(bucket)?;
    let named = match call.path("managedFolder") {
        "" => call.body["name"].as_str().unwrap_or_default(),
        name => name,
    };
    let required = |p: &&'static str| RequiredPermission::new(p, folder_resource(bucket, named));
    Ok(permissions.iter().map(required).collect())
}

/// Deleting a folder that is not empty requires `setIamPolicy` too, according
/// to discovery.
pub(super) fn delete_permissions(
    cloud: &Cloud,
    call: &Call,
) -> Result<Vec<RequiredPermission>, ApiError> {
    let both = [
        "storage.managedFolders.delete",
        "storage.managedFolders.setIamPolicy",
    ];
    let count = if allows_non_empty(call) { 2 } else { 1 };
    required_permissions(cloud, call, &both[..count])
}

fn allows_non_empty(call: &Call) -> bool {
    let requested = call.query("allowNonEmpty");
    requested.is_some_and(|v| v.eq_ignore_ascii_case("true"))
}

fn find<'a>(cloud: &'a Cloud, call: &Call) -> Result<&'a Folder, ApiError> {
    let found = cloud.storage.folders.get(&key(call));
    found.ok_or_else(|| ApiError::not_found("The specified managed folder does not exist."))
}

/// The folder in the path; 404 if it does not exist.
pub(super) fn existing(cloud: &Cloud, call: &Call) -> Result<Resource, ApiError> {
    find(cloud, call)?;
    Ok(folder_resource(
        call.path("bucket"),
        call.path("managedFolder"),
    ))
}

/// `POST /b/{b}/managedFolders`.
pub(super) fn insert(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let bucket = call.path("bucket");
    let name = call.body["name"].as_str().unwrap_or_default();
    if name.trim_end_matches('/').is_empty() || name.len() > 1024 || name.contains(['\r', '\n']) {
        let message = format!("Invalid managed folder name: '{name}'");
        return Err(ApiError::invalid(message));
    }
    if !cloud.storage.bucket(bucket)?.is_uniform() {
        return Err(ApiError::invalid(
            "Managed folders need uniform bucket-level access on their bucket.",
        ));
    }
    let key = format!("{bucket}/{}", with_slash(name));
    if cloud.storage.folders.contains(&key) {
        let message = "The managed folder you tried to create already exists.";
        return Err(ApiError::conflict(message));
    }
    let folder = Folder { created: call.now };
    let body = to_json(&key, &folder, &call.origin);
    cloud.storage.folders.insert(key, folder);
    Ok(ApiResponse::Json(body))
}

/// `GET /b/{b}/managedFolders/{f}`.
pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let folder = find(cloud, call)?;
    Ok(ApiResponse::Json(to_json(&key(call), folder, &call.origin)))
}

/// `GET /b/{b}/managedFolders`.
pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let bucket = call.path("bucket");
    let inside = format!("{bucket}/{}", call.query("prefix").unwrap_or_default());
    let max = call.query_u64("pageSize")?.unwrap_or(1000).clamp(1, 1000);
    let after = format!("{bucket}/{}", call.query("pageToken").unwrap_or_default());
    let mut rest = cloud
        .storage
        .folders
        .with_prefix(&inside)
        .filter(|(key, _)| **key > after);
    let max = usize::try_from(max).expect("at most 1000");
    let page: Vec<_> = rest.by_ref().take(max).collect();
    let mut body = json!({ "kind": "storage#managedFolders" });
    if let (Some(_), Some((last, _))) = (rest.next(), page.last()) {
        body["nextPageToken"] = last[bucket.len() + 1..].into();
    }
    if !page.is_empty() {
        let json = page
            .into_iter()
            .map(|(key, folder)| to_json(key, folder, &call.origin));
        body["items"] = json.collect();
    }
    Ok(ApiResponse::Json(body))
}

/// `DELETE /b/{b}/managedFolders/{f}`. Its objects are kept, its policy is
/// removed.
pub(super) fn delete(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let folder = existing(cloud, call)?;
    Preconditions::from_call(call, "")?.check(Some((0, METAGENERATION)), false)?;
    let key = key(call);
    let storage = &mut cloud.storage;
    let folders = storage
        .folders
        .with_prefix(&key)
        .filter(|(other, _)| **other != key);
    let inside = folders.map(|(key, _)| key);
    let objects = storage
        .objects
        .with_prefix(&key)
        .chain(storage.versions.with_prefix(&key));
    if inside.chain(objects.map(|(key, _)| key)).next().is_some() && !allows_non_empty(call) {
        return Err(ApiError::conflict(
            "The managed folder you tried to delete is not empty.",
        ));
    }
    storage.folders.remove(&key);
    cloud.iam.forget(&folder.full_name());
    Ok(no_content())
}
