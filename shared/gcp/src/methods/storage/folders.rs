//! Managed folders: prefixes of object names with IAM policies of their own.
//!
//! The permissions are those of Cloud Storage's table for JSON methods.

use crate::{
    Collection, Named, NewId, Request, ResourceName, ResponseKind, collection::collection, policy,
};
use names::ManagedFolderName;

collection! {
    /// Managed folders. The objects of a deleted folder remain.
    FOLDERS = "storage.managedFolders" ("storage.managedFolders"),
    "b/bucket-1/managedFolders/volumes/data/", items: "items", id: NewId::Field("name");
    insert post "/storage/v1/b/{bucket}/managedFolders" (create New)
        .request_fields(&["name"]).response_fields(&["name"]);
    get get "/storage/v1/b/{bucket}/managedFolders/{managedFolder}" (get Resource)
        .response_fields(&["name"]);
    list get "/storage/v1/b/{bucket}/managedFolders" (list Resource)
        .query(&["pageToken"]).response_fields(&["items.name", "nextPageToken"]);
    // The second is required with `allowNonEmpty`: access to the objects changes.
    delete delete "/storage/v1/b/{bucket}/managedFolders/{managedFolder}"
        (delete Resource, setIamPolicy Resource)
        .query(&["allowNonEmpty"]).response(ResponseKind::Empty);
    getIamPolicy get "/storage/v1/b/{bucket}/managedFolders/{managedFolder}/iam"
        (getIamPolicy Resource)
        .query(policy::STORAGE_VERSION_QUERY).reads_policy();
    setIamPolicy put "/storage/v1/b/{bucket}/managedFolders/{managedFolder}/iam"
        (setIamPolicy Resource)
        .writes_policy().request_fields(policy::FIELDS);
}

impl ResourceName for ManagedFolderName {
    type Resource = Named<String>;
    type Listed = Named<String>;
    const COLLECTION: &'static Collection = &FOLDERS;
}

/// The request that deletes a managed folder and its policy; access to its
/// objects, which remain, is then determined by the bucket's policy.
#[must_use]
pub fn delete_folder_request(path: &str) -> Request {
    FOLDERS.delete(path).query("allowNonEmpty", true)
}
