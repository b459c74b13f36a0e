//! Buckets and objects as IAM names them.

use crate::iam::Resource;

pub(super) fn bucket_resource(bucket: &str) -> Resource {
    let name = format!("projects/_/buckets/{bucket}");
    Resource::new("storage.googleapis.com", "Bucket", name)
}

pub(super) fn object_resource(bucket: &str, object: &str) -> Resource {
    let name = format!("projects/_/buckets/{bucket}/objects/{object}");
    Resource::new("storage.googleapis.com", "Object", name)
}

/// The name ends with `/`, whether the caller wrote it or not.
pub(super) fn normal(name: &str) -> String {
    format!("{}/", name.trim_end_matches('/'))
}

pub(super) fn folder_resource(bucket: &str, folder: &str) -> Resource {
    let name = format!(
        "projects/_/buckets/{bucket}/managedFolders/{}",
        normal(folder)
    );
    Resource::new("storage.googleapis.com", "ManagedFolder", name)
}
