//! Managed folders: prefixes of object names that have policies of their own.
//!
//! The permissions are those of Cloud Storage's table for JSON methods.

use super::{bucket_name, on_bucket};
use crate::{
    Client, Error, Idempotency, Method, Pages, Policy, Request, RequiredPermission, ResponseKind,
    policy,
};
use names::{BucketName, ManagedFolderName};
use serde::Deserialize;
use serde_json::json;

/// Creates a managed folder.
pub static FOLDERS_INSERT: Method = Method::post(
    "storage.managedFolders.insert",
    "/storage/v1/b/{bucket}/managedFolders",
)
.sends(&["name"])
.reads(&["name"])
.requires(|r| {
    let name = r.body_json()["name"].as_str().unwrap_or_default();
    on_folder("storage.managedFolders.create", r, name)
});

/// Reads a managed folder.
pub static FOLDERS_GET: Method = Method::get(
    "storage.managedFolders.get",
    "/storage/v1/b/{bucket}/managedFolders/{managedFolder}",
)
.reads(&["name"])
.requires(|r| named("storage.managedFolders.get", r));

/// Lists a bucket's managed folders.
pub static FOLDERS_LIST: Method = Method::get(
    "storage.managedFolders.list",
    "/storage/v1/b/{bucket}/managedFolders",
)
.query(&["pageToken"])
.reads(&["items.name", "nextPageToken"])
.requires(|r| on_bucket("storage.managedFolders.list", r));

/// Deletes a managed folder; its objects stay.
pub static FOLDERS_DELETE: Method = Method::delete(
    "storage.managedFolders.delete",
    "/storage/v1/b/{bucket}/managedFolders/{managedFolder}",
)
.query(&["allowNonEmpty"])
.response(ResponseKind::Empty)
.requires(|r| {
    let mut needs = named("storage.managedFolders.delete", r);
    // Asked for where the folder may hold objects, whose access changes.
    needs.extend(named("storage.managedFolders.setIamPolicy", r));
    needs
});

/// Reads who may do what in a managed folder.
pub static FOLDERS_GET_IAM_POLICY: Method = Method::get(
    "storage.managedFolders.getIamPolicy",
    "/storage/v1/b/{bucket}/managedFolders/{managedFolder}/iam",
)
.query(&["optionsRequestedPolicyVersion"])
.reads(policy::FIELDS)
.requires(|r| named("storage.managedFolders.getIamPolicy", r));

/// Writes who may do what in a managed folder.
pub static FOLDERS_SET_IAM_POLICY: Method = Method::put(
    "storage.managedFolders.setIamPolicy",
    "/storage/v1/b/{bucket}/managedFolders/{managedFolder}/iam",
)
.sends(policy::FIELDS)
.reads(policy::FIELDS)
.idempotency(Idempotency::If(policy::is_fenced))
.requires(|r| named("storage.managedFolders.setIamPolicy", r));

fn named(permission: &'static str, r: &Request) -> Vec<RequiredPermission> {
    on_folder(permission, r, r.path_value("managedFolder"))
}

fn on_folder(permission: &'static str, r: &Request, folder: &str) -> Vec<RequiredPermission> {
    let name = format!("{}/managedFolders/{folder}", bucket_name(r));
    vec![RequiredPermission::on(
        permission,
        "storage.googleapis.com",
        &name,
    )]
}

fn request(method: &'static Method, folder: &ManagedFolderName) -> Request {
    Request::new(method)
        .path("bucket", folder.bucket())
        .path("managedFolder", folder.prefix())
}

/// Creates a managed folder.
///
/// # Errors
/// The call failed; 409 if it exists.
pub async fn create_folder(client: &Client, folder: &ManagedFolderName) -> Result<(), Error> {
    let request = Request::new(&FOLDERS_INSERT)
        .path("bucket", folder.bucket())
        .json(&json!({ "name": folder.prefix() }));
    client.send(&request).await?;
    Ok(())
}

/// Reads a managed folder, of which nothing is known but that it exists.
///
/// # Errors
/// The call failed; 404 if there is none.
pub async fn get_folder(client: &Client, folder: &ManagedFolderName) -> Result<(), Error> {
    client.send(&request(&FOLDERS_GET, folder)).await?;
    Ok(())
}

/// The prefixes of a bucket's managed folders, `volumes/data/`.
///
/// # Errors
/// A call failed.
pub async fn list_folders(client: &Client, bucket: &BucketName) -> Result<Vec<String>, Error> {
    #[derive(Deserialize)]
    struct Folder {
        name: String,
    }
    let request = Request::new(&FOLDERS_LIST).path("bucket", bucket);
    let folders: Vec<Folder> = Pages::new(client, request).all("items").await?;
    Ok(folders.into_iter().map(|folder| folder.name).collect())
}

/// Deletes a managed folder and its policy; the objects stay, under the
/// bucket's policy alone.
///
/// # Errors
/// The call failed; 404 if there is none.
pub async fn delete_folder(client: &Client, folder: &ManagedFolderName) -> Result<(), Error> {
    let request = request(&FOLDERS_DELETE, folder).query("allowNonEmpty", true);
    client.send(&request).await?;
    Ok(())
}

/// Reads who may do what in a managed folder, conditions included.
///
/// # Errors
/// The call failed.
pub async fn get_folder_policy(
    client: &Client,
    folder: &ManagedFolderName,
) -> Result<Policy, Error> {
    let request = request(&FOLDERS_GET_IAM_POLICY, folder)
        .query("optionsRequestedPolicyVersion", policy::VERSION);
    client.json(&request).await
}

/// Writes who may do what in a managed folder, as version 3.
///
/// # Errors
/// The call failed; a conflict if somebody else wrote since it was read.
pub async fn set_folder_policy(
    client: &Client,
    folder: &ManagedFolderName,
    policy: &Policy,
) -> Result<Policy, Error> {
    let request = request(&FOLDERS_SET_IAM_POLICY, folder).json(&policy::versioned(policy));
    client.json(&request).await
}
