//! Writes of objects: create, patch, copy, delete.

use super::{
    Storage,
    bucket::Bucket,
    fields::settable_fields,
    object::{Object, SETTABLE, check_name, version_key},
    permissions::write_permissions,
    precondition::Preconditions,
    resource::object_resource,
};
use crate::{
    ApiError, ApiResponse, Call, Cloud, collection::merge, content::Content,
    iam::RequiredPermission,
};
use names::Timestamp;
use serde_json::{Map, Value, json};

impl Storage {
    /// Creates a new generation of an object if the preconditions hold.
    pub(super) fn put(
        &mut self,
        bucket: &str,
        name: &str,
        preconditions: &Preconditions,
        attributes: Map<String, Value>,
        content: Content,
        now: Timestamp,
    ) -> Result<&mut Object, ApiError> {
        check_name(name)?;
        self.check(bucket, name, preconditions)?;
        self.check_replaceable(bucket, name, now)?;
        let generation = self.generation(bucket, now)?;
        self.remove_live(bucket, name, now);
        let key = format!("{bucket}/{name}");
        let object = Object::new(generation, attributes, content, now);
        self.objects.insert(key.as_str(), object);
        Ok(self.objects.get_mut(&key).expect("just put there"))
    }

    /// Checks preconditions on the live object with this name.
    pub(super) fn check(
        &self,
        bucket: &str,
        name: &str,
        preconditions: &Preconditions,
    ) -> Result<(), ApiError> {
        let existing = self.objects.get(&format!("{bucket}/{name}"));
        preconditions.check(existing.map(|o| (o.generation, o.metageneration)), false)
    }

    /// Checks that retention allows replacing the live object. With versioning
    /// it is kept anyway.
    fn check_replaceable(&self, bucket: &str, name: &str, now: Timestamp) -> Result<(), ApiError> {
        let existing = self.objects.get(&format!("{bucket}/{name}"));
        let kept = self.bucket(bucket)?.is_versioned();
        match existing.filter(|_| !kept) {
            Some(object) => self.check_retention(bucket, name, object.created, now),
            None => Ok(()),
        }
    }

    /// Removes the live object. With versioning it becomes noncurrent.
    fn remove_live(&mut self, bucket: &str, name: &str, now: Timestamp) {
        let Some(mut object) = self.objects.remove(&format!("{bucket}/{name}")) else {
            return;
        };
        if self.buckets.get(bucket).is_some_and(Bucket::is_versioned) {
            object.deleted = Some(now);
            let key = version_key(bucket, name, object.generation);
            self.versions.insert(key, object);
        }
    }
}

/// `PATCH /b/{b}/o/{o}`.
pub(super) fn patch(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (bucket, name) = (call.path("bucket"), call.path("object"));
    let generation = call.query_u64("generation")?;
    let existing = cloud.storage.object(bucket, name, generation)?;
    let (generation, live) = (existing.generation, existing.deleted.is_none());
    Preconditions::from_call(call, "")?
        .check(Some((generation, existing.metageneration)), false)?;
    let patch = settable_fields(&call.body, SETTABLE)?;
    let storage = &mut cloud.storage;
    let object = if live {
        storage.objects.get_mut(&format!("{bucket}/{name}"))
    } else {
        storage
            .versions
            .get_mut(&version_key(bucket, name, generation))
    }
    .expect("found above");
    let mut merged = Value::Object(std::mem::take(&mut object.attributes));
    merge(&mut merged, &Value::Object(patch));
    if let Value::Object(merged) = merged {
        object.attributes = merged;
    }
    object.metageneration += 1;
    object.updated = call.now;
    Ok(ApiResponse::Json(object.json(bucket, name, &call.origin)))
}

/// `DELETE /b/{b}/o/{o}`. With `generation`, deletion is permanent.
pub(super) fn delete(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (bucket, name) = (call.path("bucket"), call.path("object"));
    let requested = call.query_u64("generation")?;
    let storage = &mut cloud.storage;
    let existing = storage.object(bucket, name, requested)?;
    let (generation, live) = (existing.generation, existing.deleted.is_none());
    Preconditions::from_call(call, "")?
        .check(Some((generation, existing.metageneration)), false)?;
    match requested {
        None => storage.check_replaceable(bucket, name, call.now)?,
        Some(_) => storage.check_retention(bucket, name, existing.created, call.now)?,
    }
    match (requested, live) {
        (None, _) => storage.remove_live(bucket, name, call.now),
        (Some(_), true) => drop(storage.objects.remove(&format!("{bucket}/{name}"))),
        (Some(_), false) => drop(
            storage
                .versions
                .remove(&version_key(bucket, name, generation)),
        ),
    }
    Ok(ApiResponse::no_content())
}

pub(super) fn copy_permissions(
    cloud: &Cloud,
    call: &Call,
) -> Result<Vec<RequiredPermission>, ApiError> {
    let (bucket, object) = (call.path("sourceBucket"), call.path("sourceObject"));
    cloud.storage.bucket(bucket)?;
    let mut required = vec![RequiredPermission::new(
        "storage.objects.get",
        object_resource(bucket, object),
    )];
    let (bucket, object) = (
        call.path("destinationBucket"),
        call.path("destinationObject"),
    );
    required.extend(write_permissions(cloud, call, bucket, object)?);
    Ok(required)
}

/// `POST …/copyTo/…`. A body replaces the metadata.
pub(super) fn copy(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (bucket, name) = (call.path("sourceBucket"), call.path("sourceObject"));
    let generation = call.query_u64("sourceGeneration")?;
    let source = cloud.storage.object(bucket, name, generation)?;
    let state = Some((source.generation, source.metageneration));
    Preconditions::from_call(call, "Source")?.check(state, false)?;
    let written = settable_fields(&call.body, SETTABLE)?;
    let attributes = if written.is_empty() {
        source.attributes.clone()
    } else {
        written
    };
    let content = source.content.clone();
    let (bucket, name) = (
        call.path("destinationBucket"),
        call.path("destinationObject"),
    );
    let preconditions = Preconditions::from_call(call, "")?;
    let storage = &mut cloud.storage;
    let object = storage.put(bucket, name, &preconditions, attributes, content, call.now)?;
    Ok(ApiResponse::Json(object.json(bucket, name, &call.origin)))
}

/// `POST …/rewriteTo/…`: a copy that completes in a single call.
pub(super) fn rewrite(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let response = copy(cloud, call)?;
    let ApiResponse::Json(object) = response else {
        return Ok(response);
    };
    Ok(ApiResponse::Json(json!({
        "kind": "storage#rewriteResponse",
        "totalBytesRewritten": object["size"],
        "objectSize": object["size"],
        "done": true,
        "resource": object,
    })))
}
