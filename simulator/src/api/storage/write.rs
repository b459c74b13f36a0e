//! Making, changing, copying and removing objects.

use super::{
    Storage,
    bucket::Bucket,
    merge::{merge, settable},
    object::{Object, SETTABLE, check_name, version_key},
    permissions::to_write,
    precondition::{Preconditions, no_content},
    resource::object_resource,
};
use crate::{Answer, ApiError, Call, Cloud, iam::Need};
use bytes::Bytes;
use names::Timestamp;
use serde_json::{Map, Value, json};

impl Storage {
    /// Makes a new generation of an object, if the conditions hold.
    pub(super) fn put(
        &mut self,
        bucket: &str,
        name: &str,
        conditions: &Preconditions,
        attributes: Map<String, Value>,
        content: Bytes,
        now: Timestamp,
    ) -> Result<&Object, ApiError> {
        check_name(name)?;
        self.check(bucket, name, conditions)?;
        self.may_retire(bucket, name, now)?;
        let generation = self.generation(bucket, now)?;
        self.retire(bucket, name, now);
        let key = format!("{bucket}/{name}");
        let object = Object::new(generation, attributes, content, now);
        self.objects.insert(key.as_str(), object);
        Ok(self.objects.get(&key).expect("just put there"))
    }

    /// Whether the conditions hold for the live object of that name.
    pub(super) fn check(
        &self,
        bucket: &str,
        name: &str,
        conditions: &Preconditions,
    ) -> Result<(), ApiError> {
        let there = self.objects.get(&format!("{bucket}/{name}"));
        conditions.check(there.map(|o| (o.generation, o.metageneration)), false)
    }

    /// Whether the live object may go: with versioning it is not lost.
    fn may_retire(&self, bucket: &str, name: &str, now: Timestamp) -> Result<(), ApiError> {
        let there = self.objects.get(&format!("{bucket}/{name}"));
        let kept = self.bucket(bucket)?.keeps_versions();
        match there.filter(|_| !kept) {
            Some(object) => self.may_lose(bucket, name, object.created, now),
            None => Ok(()),
        }
    }

    /// Takes the live object away; a bucket with versioning keeps it as noncurrent.
    fn retire(&mut self, bucket: &str, name: &str, now: Timestamp) {
        let Some(mut object) = self.objects.remove(&format!("{bucket}/{name}")) else {
            return;
        };
        if self.buckets.get(bucket).is_some_and(Bucket::keeps_versions) {
            object.deleted = Some(now);
            let key = version_key(bucket, name, object.generation);
            self.versions.insert(key, object);
        }
    }
}

/// `PATCH /b/{b}/o/{o}`.
pub(super) fn patch(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let (bucket, name) = (call.path("bucket"), call.path("object"));
    let generation = call.query_u64("generation")?;
    let there = cloud.storage.object(bucket, name, generation)?;
    let (generation, live) = (there.generation, there.deleted.is_none());
    Preconditions::of(call, "")?.check(Some((generation, there.metageneration)), false)?;
    let patch = settable(&call.body, SETTABLE)?;
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
    Ok(Answer::Json(object.json(bucket, name, &call.origin)))
}

/// `DELETE /b/{b}/o/{o}`. With `generation` it is gone for good.
pub(super) fn delete(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let (bucket, name) = (call.path("bucket"), call.path("object"));
    let asked = call.query_u64("generation")?;
    let storage = &mut cloud.storage;
    let there = storage.object(bucket, name, asked)?;
    let (generation, live) = (there.generation, there.deleted.is_none());
    Preconditions::of(call, "")?.check(Some((generation, there.metageneration)), false)?;
    match asked {
        None => storage.may_retire(bucket, name, call.now)?,
        Some(_) => storage.may_lose(bucket, name, there.created, call.now)?,
    }
    match (asked, live) {
        (None, _) => storage.retire(bucket, name, call.now),
        (Some(_), true) => drop(storage.objects.remove(&format!("{bucket}/{name}"))),
        (Some(_), false) => drop(
            storage
                .versions
                .remove(&version_key(bucket, name, generation)),
        ),
    }
    Ok(no_content())
}

pub(super) fn copy_needs(cloud: &Cloud, call: &Call) -> Result<Vec<Need>, ApiError> {
    let (bucket, object) = (call.path("sourceBucket"), call.path("sourceObject"));
    cloud.storage.bucket(bucket)?;
    let mut needs = vec![Need::new(
        "storage.objects.get",
        object_resource(bucket, object),
    )];
    let (bucket, object) = (
        call.path("destinationBucket"),
        call.path("destinationObject"),
    );
    needs.extend(to_write(cloud, call, bucket, object)?);
    Ok(needs)
}

/// `POST …/copyTo/…`. The body replaces the metadata, unless it is empty.
pub(super) fn copy(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let (bucket, name) = (call.path("sourceBucket"), call.path("sourceObject"));
    let generation = call.query_u64("sourceGeneration")?;
    let source = cloud.storage.object(bucket, name, generation)?;
    let state = Some((source.generation, source.metageneration));
    Preconditions::of(call, "Source")?.check(state, false)?;
    let written = settable(&call.body, SETTABLE)?;
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
    let conditions = Preconditions::of(call, "")?;
    let storage = &mut cloud.storage;
    let object = storage.put(bucket, name, &conditions, attributes, content, call.now)?;
    Ok(Answer::Json(object.json(bucket, name, &call.origin)))
}

/// `POST …/rewriteTo/…`: a copy that is always done at once.
pub(super) fn rewrite(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let answer = copy(cloud, call)?;
    let Answer::Json(object) = answer else {
        return Ok(answer);
    };
    Ok(Answer::Json(json!({
        "kind": "storage#rewriteResponse",
        "totalBytesRewritten": object["size"],
        "objectSize": object["size"],
        "done": true,
        "resource": object,
    })))
}
