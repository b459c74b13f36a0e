//! Permissions on buckets, managed folders and objects.

use crate::{Request, RequiredPermission};

const SERVICE: &str = "storage.googleapis.com";

fn bucket_name(r: &Request) -> String {
    format!("projects/_/buckets/{}", r.path_value("bucket"))
}

/// `permission` on the bucket of the request's path.
pub(super) fn on_bucket(permission: &'static str, r: &Request) -> RequiredPermission {
    RequiredPermission::on(permission, SERVICE, &bucket_name(r))
}

/// `permission` on an object in the bucket of the request's path.
pub(super) fn on_object(permission: &'static str, r: &Request, object: &str) -> RequiredPermission {
    let name = format!("{}/objects/{object}", bucket_name(r));
    RequiredPermission::on(permission, SERVICE, &name)
}

/// `permission` on a managed folder in the bucket of the request's path.
pub(super) fn on_folder(permission: &'static str, r: &Request, folder: &str) -> RequiredPermission {
    let name = format!("{}/managedFolders/{folder}", bucket_name(r));
    RequiredPermission::on(permission, SERVICE, &name)
}
