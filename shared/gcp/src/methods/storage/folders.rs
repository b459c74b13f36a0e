//! Managed folders: prefixes of object names with IAM policies of their own.
//!
//! The permissions are those of Cloud Storage's table for JSON methods.

use super::permissions::{on_bucket, on_folder};
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
.request_fields(&["name"])
.response_fields(&["name"])
.requires(|r| {
    let name = r.body_json()["name"].as_str().unwrap_or_default();
    vec![on_folder("storage.managedFolders.create", r, name)]
});

/// Reads a managed folder.
pub static FOLDERS_GET: Method = Method::get(
    "storage.managedFolders.get",
    "/storage/v1/b/{bucket}/managedFolders/{managedFolder}",
)
.response_fields(&["name"])
.requires(|r| vec![on_path_folder("storage.managedFolders.get", r)]);

/// Lists a bucket's managed folders.
pub static FOLDERS_LIST: Method = Method::get(
    "storage.managedFolders.list",
    "/storage/v1/b/{bucket}/managedFolders",
)
.query(&["pageToken"])
.response_fields(&["items.name", "nextPageToken"])
.requires(|r| vec![on_bucket("storage.managedFolders.list", r)]);

/// Deletes a managed folder; its objects remain.
pub static FOLDERS_DELETE: Method = Method::delete(
    "storage.managedFolders.delete",
    "/storage/v1/b/{bucket}/managedFolders/{managedFolder}",
)
.query(&["allowNonEmpty"])
.response(ResponseKind::Empty)
.requires(|r| {
    vec![
        on_path_folder("storage.managedFolders.delete", r),
        // Required with `allowNonEmpty`: access to the folder's objects changes.
        on_path_folder("storage.managedFolders.setIamPolicy", r),
    ]
});

/// Reads a managed folder's policy.
pub static FOLDERS_GET_IAM_POLICY: Method = Method::get(
    "storage.managedFolders.getIamPolicy",
    "/storage/v1/b/{bucket}/managedFolders/{managedFolder}/iam",
)
.query(&["optionsRequestedPolicyVersion"])
.response_fields(policy::FIELDS)
.requires(|r| vec![on_path_folder("storage.managedFolders.getIamPolicy", r)]);

/// Writes a managed folder's policy.
pub static FOLDERS_SET_IAM_POLICY: Method = Method::put(
    "storage.managedFolders.setIamPolicy",
    "/storage/v1/b/{bucket}/managedFolders/{managedFolder}/iam",
)
.request_fields(policy::FIELDS)
.response_fields(policy::FIELDS)
.idempotency(Idempotency::If(policy::has_etag))
.requires(|r| vec![on_path_folder("storage.managedFolders.setIamPolicy", r)]);

/// `permission` on the managed folder of the request's path.
fn on_path_folder(permission: &'static str, r: &Request) -> RequiredPermission {
    on_folder(permission, r, r.path_value("managedFolder"))
}

fn folder_request(method: &'static Method, folder: &ManagedFolderName) -> Request {
    Request::new(method)
        .path("bucket", folder.bucket())
        .path("managedFolder", folder.prefix())
}

/// Creates a managed folder.
///
/// # Errors
/// The call failed; 409 if the folder already exists.
pub async fn create_folder(client: &Client, folder: &ManagedFolderName) -> Result<(), Error> {
    let request = Request::new(&FOLDERS_INSERT)
        .path("bucket", folder.bucket())
        .json(&json!({ "name": folder.prefix() }));
    client.send(&request).await?;
    Ok(())
}

/// Checks that a managed folder exists.
///
/// # Errors
/// The call failed; 404 if the folder does not exist.
pub async fn get_folder(client: &Client, folder: &ManagedFolderName) -> Result<(), Error> {
    client.send(&folder_request(&FOLDERS_GET, folder)).await?;
    Ok(())
}

/// Lists the prefixes of a bucket's managed folders (`volumes/data/`).
///
/// # Errors
/// A call failed.
pub async fn list_folders(client: &Client, bucket: &BucketName) -> Result<Vec<String>, Error> {
    #[derive(Deserialize)]
    struct FolderItem {
        name: String,
    }
    let request = Request::new(&FOLDERS_LIST).path("bucket", bucket);
    let folders: Vec<FolderItem> = Pages::new(client, request).all("items").await?;
    Ok(folders.into_iter().map(|folder| folder.name).collect())
}

/// Deletes a managed folder and its policy; access to its objects, which
/// remain, is then determined by the bucket's policy.
///
/// # Errors
/// The call failed; 404 if the folder does not exist.
pub async fn delete_folder(client: &Client, folder: &ManagedFolderName) -> Result<(), Error> {
    let request = folder_request(&FOLDERS_DELETE, folder).query("allowNonEmpty", true);
    client.send(&request).await?;
    Ok(())
}

impl policy::GetIamPolicy for ManagedFolderName {
    fn get_iam_policy(&self) -> Request {
        folder_request(&FOLDERS_GET_IAM_POLICY, self)
            .query("optionsRequestedPolicyVersion", policy::VERSION)
    }
}

impl policy::SetIamPolicy for ManagedFolderName {
    fn set_iam_policy(&self, policy: &Policy) -> Request {
        folder_request(&FOLDERS_SET_IAM_POLICY, self).json(&policy::as_version_3(policy))
    }
}
