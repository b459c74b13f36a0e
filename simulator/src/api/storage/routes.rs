//! The methods of Cloud Storage, and the permissions that each requires.

use super::{
    buckets, compose, download, folder, list,
    permissions::{list_permissions, on_bucket, on_object, read_permissions},
    policy, upload, write,
};
use crate::route::{Route, routes};

// Permissions: Google's table of IAM permissions for JSON methods.
pub(crate) const ROUTES: &[Route] = routes! {
    api "storage", "storage.", "";
    "buckets.insert" POST "/storage/v1/b" buckets::create_permissions, buckets::insert;
    "buckets.list" GET "/storage/v1/b" buckets::list_permissions, buckets::list;
    "buckets.get" GET "/storage/v1/b/{bucket}" |c, k| on_bucket(c, k, &["storage.buckets.get"]), buckets::get;
    "buckets.patch" PATCH "/storage/v1/b/{bucket}" |c, k| on_bucket(c, k, &["storage.buckets.get", "storage.buckets.update"]), buckets::patch;
    "buckets.update" PUT "/storage/v1/b/{bucket}" |c, k| on_bucket(c, k, &["storage.buckets.get", "storage.buckets.update"]), buckets::update;
    "buckets.delete" DELETE "/storage/v1/b/{bucket}" |c, k| on_bucket(c, k, &["storage.buckets.delete"]), buckets::delete;
    // The permission is unverified.
    "buckets.getStorageLayout" GET "/storage/v1/b/{bucket}/storageLayout" |c, k| on_bucket(c, k, &["storage.objects.list"]), buckets::layout;
    "buckets.lockRetentionPolicy" POST "/storage/v1/b/{bucket}/lockRetentionPolicy" |c, k| on_bucket(c, k, &["storage.buckets.update"]), buckets::lock;
    "buckets.getIamPolicy" GET "/storage/v1/b/{bucket}/iam" |c, k| on_bucket(c, k, &["storage.buckets.getIamPolicy"]), policy::get;
    "buckets.setIamPolicy" PUT "/storage/v1/b/{bucket}/iam" |c, k| on_bucket(c, k, &["storage.buckets.setIamPolicy"]), policy::set;
    "buckets.testIamPermissions" GET "/storage/v1/b/{bucket}/iam/testPermissions" |c, k| on_bucket(c, k, &[]), policy::test;
    // The permission is unverified.
    "projects.serviceAccount.get" GET "/storage/v1/projects/{projectId}/serviceAccount" buckets::agent_permissions, buckets::agent;
    "managedFolders.getIamPolicy" GET "/storage/v1/b/{bucket}/managedFolders/{managedFolder}/iam" |c, k| folder::on_folder(c, k, "storage.managedFolders.getIamPolicy"), policy::get;
    "managedFolders.setIamPolicy" PUT "/storage/v1/b/{bucket}/managedFolders/{managedFolder}/iam" |c, k| folder::on_folder(c, k, "storage.managedFolders.setIamPolicy"), policy::set;
    "managedFolders.testIamPermissions" GET "/storage/v1/b/{bucket}/managedFolders/{managedFolder}/iam/testPermissions" |c, k| on_bucket(c, k, &[]), policy::test;
    "objects.list" GET "/storage/v1/b/{bucket}/o" list_permissions, list::list;
    "objects.get" GET "/storage/v1/b/{bucket}/o/{object}" read_permissions, download::get;
    "objects.get" GET "/download/storage/v1/b/{bucket}/o/{object}" read_permissions, download::media;
    "objects.patch" PATCH "/storage/v1/b/{bucket}/o/{object}" |c, k| on_object(c, k, &["storage.objects.get", "storage.objects.update"]), write::patch;
    "objects.update" PUT "/storage/v1/b/{bucket}/o/{object}" |c, k| on_object(c, k, &["storage.objects.get", "storage.objects.update"]), write::update;
    "objects.delete" DELETE "/storage/v1/b/{bucket}/o/{object}" |c, k| on_object(c, k, &["storage.objects.delete"]), write::delete;
    "objects.compose" POST "/storage/v1/b/{destinationBucket}/o/{destinationObject}/compose" compose::required_permissions, compose::compose;
    "objects.copy" POST "/storage/v1/b/{sourceBucket}/o/{sourceObject}/copyTo/b/{destinationBucket}/o/{destinationObject}" write::copy_permissions, write::copy;
    "objects.rewrite" POST "/storage/v1/b/{sourceBucket}/o/{sourceObject}/rewriteTo/b/{destinationBucket}/o/{destinationObject}" write::copy_permissions, write::rewrite;
    "objects.insert" POST "/upload/storage/v1/b/{bucket}/o" upload::required_permissions, upload::insert;
    "objects.insert" POST "/resumable/upload/storage/v1/b/{bucket}/o" upload::required_permissions, upload::insert;
    "objects.insert" PUT "/upload/storage/v1/b/{bucket}/o" upload::resume_permissions, upload::resume;
    "objects.insert" PUT "/resumable/upload/storage/v1/b/{bucket}/o" upload::resume_permissions, upload::resume;
};
