//! The state of Cloud Storage.

use super::{
    bucket::Bucket,
    object::{Object, version_key},
    resource::bucket_resource,
    session::{MultipartUpload, UploadPart, UploadSession},
};
use crate::{
    ApiError,
    iam::Resource,
    table::{Journaled, Table},
};
use names::Timestamp;
use std::collections::BTreeMap;

/// The state of Cloud Storage.
#[derive(Debug, Clone)]
pub(crate) struct Storage {
    /// By name.
    pub(super) buckets: Table<Bucket>,
    /// Live objects, by `bucket/object`.
    pub(super) objects: Table<Object>,
    /// Noncurrent objects, by `bucket/object` and generation ([`version_key`]).
    pub(super) versions: Table<Object>,
    /// Resumable upload sessions by ID. They are not journaled: after a restart
    /// clients begin again.
    pub(super) sessions: BTreeMap<String, UploadSession>,
    /// Open multipart uploads, by ID.
    pub(super) multipart_uploads: Table<MultipartUpload>,
    /// Their parts, by ID and number ([`Storage::part_key`]).
    pub(super) upload_parts: Table<UploadPart>,
}

impl Storage {
    pub(crate) fn new() -> Self {
        Self {
            buckets: Table::new("storage.buckets"),
            objects: Table::new("storage.objects"),
            versions: Table::new("storage.versions"),
            sessions: BTreeMap::new(),
            multipart_uploads: Table::new("storage.multipart_uploads"),
            upload_parts: Table::new("storage.upload_parts"),
        }
    }

    pub(crate) fn tables(&mut self) -> Vec<&mut dyn Journaled> {
        vec![
            &mut self.buckets,
            &mut self.objects,
            &mut self.versions,
            &mut self.multipart_uploads,
            &mut self.upload_parts,
        ]
    }

    /// The buckets, each with whether public access prevention is enforced.
    pub(crate) fn names(&self) -> impl Iterator<Item = (Resource, bool)> {
        let all = self.buckets.iter();
        all.map(|(name, bucket)| (bucket_resource(name), bucket.prevents_public_access()))
    }

    /// Whether the resource is in a bucket that enforces public access prevention.
    pub(crate) fn prevents_public_access(&self, resource: &Resource) -> bool {
        let name = resource.name.strip_prefix("projects/_/buckets/");
        let bucket = name.and_then(|name| self.buckets.get(name.split('/').next()?));
        bucket.is_some_and(Bucket::prevents_public_access)
    }

    pub(super) fn bucket(&self, name: &str) -> Result<&Bucket, ApiError> {
        let missing = || ApiError::not_found("The specified bucket does not exist.");
        self.buckets.get(name).ok_or_else(missing)
    }

    /// Names of the files that contents are in.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        let objects = self.objects.iter().chain(self.versions.iter());
        let objects = objects.flat_map(|(_, object)| object.content.files());
        let sessions = self.sessions.values();
        let parts = self.upload_parts.iter();
        objects
            .chain(sessions.flat_map(|session| session.content.files()))
            .chain(parts.flat_map(|(_, part)| part.content.files()))
    }

    /// The ID of a new upload: unique and opaque.
    pub(super) fn upload_id(&mut self, bucket: &str, now: Timestamp) -> Result<String, ApiError> {
        Ok(format!("{bucket}-{:x}", self.generation(bucket, now)?))
    }

    /// The key of a part of a multipart upload. Parts are sorted by number.
    pub(super) fn part_key(upload_id: &str, number: u32) -> String {
        format!("{upload_id}/{number:05}")
    }

    /// Ends a multipart upload and removes its parts.
    pub(super) fn remove_multipart_upload(&mut self, upload_id: &str) {
        self.multipart_uploads.remove(upload_id);
        let parts = self.upload_parts.with_prefix(format!("{upload_id}/"));
        let parts: Vec<String> = parts.map(|(key, _)| key.clone()).collect();
        for key in parts {
            self.upload_parts.remove(&key);
        }
    }

    /// A new generation: the time in microseconds, but greater than any before
    /// in the bucket.
    pub(super) fn generation(&mut self, bucket: &str, now: Timestamp) -> Result<i64, ApiError> {
        self.bucket(bucket)?;
        let row = self.buckets.get_mut(bucket).expect("it was just there");
        row.last_generation = now.as_micros().max(row.last_generation + 1);
        Ok(row.last_generation)
    }
}

impl Storage {
    /// An object: the live one, or the given generation.
    pub(super) fn object(
        &self,
        bucket: &str,
        name: &str,
        generation: Option<u64>,
    ) -> Result<&Object, ApiError> {
        self.bucket(bucket)?;
        let live = self.objects.get(&format!("{bucket}/{name}"));
        let found = match generation.map(|n| i64::try_from(n).unwrap_or(i64::MAX)) {
            None => live,
            Some(wanted) => live
                .filter(|object| object.generation == wanted)
                .or_else(|| self.versions.get(&version_key(bucket, name, wanted))),
        };
        found.ok_or_else(|| ApiError::not_found(format!("No such object: {bucket}/{name}")))
    }
}
