//! Cloud Storage, JSON v1.
//!
//! Uniform bucket-level access only: what a caller may do is IAM's to say, and
//! ACLs are neither kept nor shown. `fields` is ignored (answers are whole).
//! Soft-deleted objects cannot be listed or restored.

mod bucket;
mod download;
mod folder;
mod list;
mod multipart;
mod object;
mod policy;
mod precondition;
mod retention;
mod upload;
mod write;

#[cfg(test)]
mod tests;

use crate::{
    ApiError, Call, Cloud,
    error::Dialect,
    iam::{Need, Resource},
    route::Route,
    table::{Journaled, Table},
};
use bucket::Bucket;
use folder::Folder;
use http::Method;
use names::Timestamp;
use object::Object;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use upload::Session;

const fn route(
    id: &'static str,
    verb: Method,
    path: &'static str,
    needs: fn(&Cloud, &Call) -> Result<Vec<Need>, ApiError>,
    act: fn(&mut Cloud, &Call) -> Result<crate::Answer, ApiError>,
) -> Route {
    Route {
        api: "storage",
        id,
        verb,
        path,
        dialect: Dialect::Legacy,
        needs,
        act,
    }
}

macro_rules! routes {
    ($($id:literal $verb:ident $path:literal $needs:expr, $act:path;)*) => {
        &[$(route(concat!("storage.", $id), Method::$verb, $path, $needs, $act)),*]
    };
}

// Permissions: Google's table of IAM permissions for JSON methods.
pub(crate) const ROUTES: &[Route] = routes! {
    "buckets.insert" POST "/storage/v1/b" bucket::project_needs_create, bucket::insert;
    "buckets.list" GET "/storage/v1/b" bucket::project_needs_list, bucket::list;
    "buckets.get" GET "/storage/v1/b/{bucket}" |c, k| on_bucket(c, k, &["storage.buckets.get"]), bucket::get;
    "buckets.patch" PATCH "/storage/v1/b/{bucket}" |c, k| on_bucket(c, k, &["storage.buckets.get", "storage.buckets.update"]), bucket::patch;
    "buckets.delete" DELETE "/storage/v1/b/{bucket}" |c, k| on_bucket(c, k, &["storage.buckets.delete"]), bucket::delete;
    "buckets.lockRetentionPolicy" POST "/storage/v1/b/{bucket}/lockRetentionPolicy" |c, k| on_bucket(c, k, &["storage.buckets.update"]), retention::lock;
    "buckets.getIamPolicy" GET "/storage/v1/b/{bucket}/iam" |c, k| on_bucket(c, k, &["storage.buckets.getIamPolicy"]), policy::get;
    "buckets.setIamPolicy" PUT "/storage/v1/b/{bucket}/iam" |c, k| on_bucket(c, k, &["storage.buckets.setIamPolicy"]), policy::set;
    "buckets.testIamPermissions" GET "/storage/v1/b/{bucket}/iam/testPermissions" |c, k| on_bucket(c, k, &[]), policy::test;
    "managedFolders.insert" POST "/storage/v1/b/{bucket}/managedFolders" |c, k| folder::needs(c, k, &["storage.managedFolders.create"]), folder::insert;
    "managedFolders.list" GET "/storage/v1/b/{bucket}/managedFolders" |c, k| on_bucket(c, k, &["storage.managedFolders.list"]), folder::list;
    "managedFolders.get" GET "/storage/v1/b/{bucket}/managedFolders/{managedFolder}" |c, k| folder::needs(c, k, &["storage.managedFolders.get"]), folder::get;
    "managedFolders.delete" DELETE "/storage/v1/b/{bucket}/managedFolders/{managedFolder}" folder::delete_needs, folder::delete;
    "managedFolders.getIamPolicy" GET "/storage/v1/b/{bucket}/managedFolders/{managedFolder}/iam" |c, k| folder::needs(c, k, &["storage.managedFolders.getIamPolicy"]), policy::get;
    "managedFolders.setIamPolicy" PUT "/storage/v1/b/{bucket}/managedFolders/{managedFolder}/iam" |c, k| folder::needs(c, k, &["storage.managedFolders.setIamPolicy"]), policy::set;
    "managedFolders.testIamPermissions" GET "/storage/v1/b/{bucket}/managedFolders/{managedFolder}/iam/testPermissions" |c, k| on_bucket(c, k, &[]), policy::test;
    "objects.list" GET "/storage/v1/b/{bucket}/o" to_list, list::list;
    "objects.get" GET "/storage/v1/b/{bucket}/o/{object}" to_read, download::get;
    "objects.get" GET "/download/storage/v1/b/{bucket}/o/{object}" to_read, download::media;
    "objects.patch" PATCH "/storage/v1/b/{bucket}/o/{object}" |c, k| on_object(c, k, &["storage.objects.get", "storage.objects.update"]), write::patch;
    "objects.delete" DELETE "/storage/v1/b/{bucket}/o/{object}" |c, k| on_object(c, k, &["storage.objects.delete"]), write::delete;
    "objects.copy" POST "/storage/v1/b/{sourceBucket}/o/{sourceObject}/copyTo/b/{destinationBucket}/o/{destinationObject}" write::copy_needs, write::copy;
    "objects.rewrite" POST "/storage/v1/b/{sourceBucket}/o/{sourceObject}/rewriteTo/b/{destinationBucket}/o/{destinationObject}" write::copy_needs, write::rewrite;
    "objects.insert" POST "/upload/storage/v1/b/{bucket}/o" upload::needs, upload::insert;
    "objects.insert" POST "/resumable/upload/storage/v1/b/{bucket}/o" upload::needs, upload::insert;
    "objects.insert" PUT "/upload/storage/v1/b/{bucket}/o" upload::resume_needs, upload::resume;
    "objects.insert" PUT "/resumable/upload/storage/v1/b/{bucket}/o" upload::resume_needs, upload::resume;
};

/// The state of the API.
#[derive(Debug, Clone)]
pub(crate) struct Storage {
    /// By name.
    buckets: Table<Bucket>,
    /// The managed ones, by `bucket/folder/`.
    folders: Table<Folder>,
    /// The live objects, by `bucket/object`.
    objects: Table<Object>,
    /// The noncurrent ones, by `bucket/object` and generation ([`write::version_key`]).
    versions: Table<Object>,
    /// Resumable uploads under way, by id. A restart forgets them: clients begin again.
    sessions: BTreeMap<String, Session>,
}

impl Storage {
    pub(crate) fn new() -> Self {
        Self {
            buckets: Table::new("storage.buckets"),
            folders: Table::new("storage.folders"),
            objects: Table::new("storage.objects"),
            versions: Table::new("storage.versions"),
            sessions: BTreeMap::new(),
        }
    }

    pub(crate) fn tables(&mut self) -> Vec<&mut dyn Journaled> {
        vec![
            &mut self.buckets,
            &mut self.folders,
            &mut self.objects,
            &mut self.versions,
        ]
    }

    /// The buckets, each with whether it is closed to the public.
    pub(crate) fn names(&self) -> impl Iterator<Item = (Resource, bool)> {
        let all = self.buckets.iter();
        all.map(|(name, bucket)| (bucket_resource(name), bucket.is_private()))
    }

    /// The managed folders.
    pub(crate) fn folder_names(&self) -> impl Iterator<Item = Resource> {
        let keys = self.folders.iter().map(|(key, _)| key);
        keys.filter_map(|key| key.split_once('/'))
            .map(|(bucket, folder)| folder::resource(bucket, folder))
    }

    /// Whether the resource is in a bucket that enforces public access prevention.
    pub(crate) fn prevents_public_access(&self, resource: &Resource) -> bool {
        let name = resource.name.strip_prefix("projects/_/buckets/");
        let bucket = name.and_then(|name| self.buckets.get(name.split('/').next()?));
        bucket.is_some_and(Bucket::is_private)
    }

    fn bucket(&self, name: &str) -> Result<&Bucket, ApiError> {
        let missing = || ApiError::not_found("The specified bucket does not exist.");
        self.buckets.get(name).ok_or_else(missing)
    }

    /// A new generation: the time in microseconds, but later than any before it in the bucket.
    fn generation(&mut self, bucket: &str, now: Timestamp) -> Result<i64, ApiError> {
        self.bucket(bucket)?;
        let row = self.buckets.get_mut(bucket).expect("it was just there");
        row.last_generation = now.as_micros().max(row.last_generation + 1);
        Ok(row.last_generation)
    }
}

impl Cloud {
    /// Makes a bucket without asking anybody, unless it exists.
    pub fn declare_bucket(&mut self, name: &str, project: &str, now: Timestamp) {
        if !self.storage.buckets.contains(name) {
            bucket::create(self, name, project, Map::new(), now);
        }
    }
}

fn bucket_resource(bucket: &str) -> Resource {
    let name = format!("projects/_/buckets/{bucket}");
    Resource::new("storage.googleapis.com", "Bucket", name)
}

fn object_resource(bucket: &str, object: &str) -> Resource {
    let name = format!("projects/_/buckets/{bucket}/objects/{object}");
    Resource::new("storage.googleapis.com", "Object", name)
}

/// Bucket names are global and no secret: a missing one is 404 to anybody.
fn on_bucket(
    cloud: &Cloud,
    call: &Call,
    permissions: &[&'static str],
) -> Result<Vec<Need>, ApiError> {
    cloud.storage.bucket(call.path("bucket"))?;
    let need = |p: &&'static str| Need::new(p, bucket_resource(call.path("bucket")));
    Ok(permissions.iter().map(need).collect())
}

fn on_object(
    cloud: &Cloud,
    call: &Call,
    permissions: &[&'static str],
) -> Result<Vec<Need>, ApiError> {
    let (bucket, object) = (call.path("bucket"), call.path("object"));
    cloud.storage.bucket(bucket)?;
    let need = |p: &&'static str| Need::new(p, object_resource(bucket, object));
    Ok(permissions.iter().map(need).collect())
}

/// To list takes `storage.objects.list`; on a managed folder it is enough to
/// list under that folder.
fn to_list(cloud: &Cloud, call: &Call) -> Result<Vec<Need>, ApiError> {
    let bucket = call.path("bucket");
    cloud.storage.bucket(bucket)?;
    let prefix = call.query("prefix").unwrap_or_default();
    let on = folder::listing(cloud, bucket, prefix);
    Ok(vec![Need::new("storage.objects.list", on)])
}

/// To read an object takes `storage.objects.get`; to be told that there is
/// none takes `storage.objects.list` too, else it is 403 (source: Cloud
/// Storage's documentation of IAM permissions).
fn to_read(cloud: &Cloud, call: &Call) -> Result<Vec<Need>, ApiError> {
    let (bucket, object) = (call.path("bucket"), call.path("object"));
    let mut needs = on_object(cloud, call, &["storage.objects.get"])?;
    if !cloud
        .storage
        .objects
        .contains(&format!("{bucket}/{object}"))
    {
        let on = folder::listing(cloud, bucket, object);
        needs.push(Need::new("storage.objects.list", on));
    }
    Ok(needs)
}

/// To write an object takes `storage.objects.create`, and to replace one
/// `storage.objects.delete` too. A write that says that it must be the first
/// replaces nothing: it fails on its precondition (that Google asks in this
/// order is unverified).
fn to_write(cloud: &Cloud, call: &Call, bucket: &str, object: &str) -> Result<Vec<Need>, ApiError> {
    cloud.storage.bucket(bucket)?;
    let resource = object_resource(bucket, object);
    let mut needs = vec![Need::new("storage.objects.create", resource.clone())];
    let replaces = call.query("ifGenerationMatch") != Some("0")
        && cloud
            .storage
            .objects
            .contains(&format!("{bucket}/{object}"));
    if replaces {
        needs.push(Need::new("storage.objects.delete", resource));
    }
    Ok(needs)
}

/// JSON merge patch, as `patch` methods do it: `null` removes.
fn merge(into: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        into.clone_from(patch);
        return;
    };
    if !into.is_object() {
        *into = json!({});
    }
    for (key, value) in patch {
        if value.is_null() {
            into.as_object_mut().expect("made one above").remove(key);
        } else {
            merge(&mut into[key], value);
        }
    }
}

/// The settable fields of a resource as a caller wrote it.
fn settable(written: &Value, names: &[&str]) -> Result<Map<String, Value>, ApiError> {
    if written.is_null() {
        return Ok(Map::new());
    }
    let all = written
        .as_object()
        .ok_or_else(|| ApiError::invalid("The resource must be a JSON object."))?;
    let settable = all.iter().filter(|(key, _)| names.contains(&key.as_str()));
    Ok(settable
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect())
}

fn no_content() -> crate::Answer {
    let mut response = http::Response::new(bytes::Bytes::new());
    *response.status_mut() = http::StatusCode::NO_CONTENT;
    crate::Answer::Raw(response)
}
