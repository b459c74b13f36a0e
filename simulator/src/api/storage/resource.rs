//! Buckets, managed folders and objects as IAM resources.

use crate::iam::Resource;

pub(super) fn bucket_resource(bucket: &str) -> Resource {
    let name = format!("projects/_/buckets/{bucket}");
    Resource::new("storage.googleapis.com", "Bucket", name)
}

pub(super) fn object_resource(bucket: &str, object: &str) -> Resource {
    let name = format!("projects/_/buckets/{bucket}/objects/{object}");
    Resource::new("storage.googleapis.com", "Object", name)
}

/// The name of a managed folder with its final `/`, which callers may omit.
pub(super) fn with_slash(name: &str) -> String {
    format!("{}/", name.trim_end_matches('/'))
}

pub(super) fn folder_resource(bucket: &str, folder: &str) -> Resource {
    let name = format!(
        "projects/_/buckets/{bucket}/managedFolders/{}",
        with_slash(folder)
    );
    Resource::new("storage.googleapis.com", "ManagedFolder", name)
}
