//! Writes of objects: create, patch, copy, delete.

use super::{
    Storage,
    bucket::Bucket,
    fields::settable_fields,
    hold::Hold,
    object::{Object, SETTABLE, check_name, version_key},
    permissions::write_permissions,
    precondition::Preconditions,
    resource::object_resource,
    retention::{check_holds, check_retention},
    view::{self, Projection},
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
        call: &Call,
        (bucket, name): (&str, &str),
        preconditions: &Preconditions,
        mut attributes: Map<String, Value>,
        content: Content,
    ) -> Result<&mut Object, ApiError> {
        check_name(name)?;
        self.check(bucket, name, preconditions)?;
        self.check_replaceable(bucket, name, call.now)?;
        if self.bucket(bucket)?.attributes["defaultEventBasedHold"] == true {
            let hold = attributes.entry(Hold::EventBased.field());
            hold.or_insert(Value::Bool(true));
        }
        let generation = self.generation(bucket, call.now)?;
        self.remove_live(bucket, name, call.now);
        let key = format!("{bucket}/{name}");
        let object = Object::new(generation, attributes, content, &call.principal, call.now);
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

    /// Checks that holds and retention allow replacing the live object. With
    /// versioning it is kept anyway, as far as retention is concerned.
    fn check_replaceable(&self, bucket: &str, name: &str, now: Timestamp) -> Result<(), ApiError> {
        let row = self.bucket(bucket)?;
        let Some(object) = self.objects.get(&format!("{bucket}/{name}")) else {
            return Ok(());
        };
        check_holds(bucket, name, object)?;
        match row.is_versioned() {
            true => Ok(()),
            false => check_retention((bucket, row), name, object, now),
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
    change(cloud, call, |old| old)
}

/// `PUT /b/{b}/o/{o}`: the fields that are not given are removed.
pub(super) fn update(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    change(cloud, call, |_| Map::new())
}

/// Changes an object. `kept` returns which of its fields remain if they are not
/// given.
fn change(
    cloud: &mut Cloud,
    call: &Call,
    kept: fn(Map<String, Value>) -> Map<String, Value>,
) -> Result<ApiResponse, ApiError> {
    let (bucket, name) = (call.path("bucket"), call.path("object"));
    let generation = call.query_u64("generation")?;
    let existing = cloud.storage.object(bucket, name, generation)?;
    let (generation, live) = (existing.generation, existing.deleted.is_none());
    Preconditions::from_call(call, "")?
        .check(Some((generation, existing.metageneration)), false)?;
    let given = settable_fields(&call.body, SETTABLE)?;
    let storage = &mut cloud.storage;
    let object = if live {
        storage.objects.get_mut(&format!("{bucket}/{name}"))
    } else {
        storage
            .versions
            .get_mut(&version_key(bucket, name, generation))
    }
    .expect("found above");
    let mut attributes = Value::Object(kept(object.attributes.clone()));
    merge(&mut attributes, &Value::Object(given));
    if let Value::Object(attributes) = attributes {
        object.set(attributes, call.now);
    }
    let generation = u64::try_from(generation).ok();
    view::object_response(cloud, call, (bucket, name), generation, Projection::Full)
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
        Some(_) => {
            check_holds(bucket, name, existing)?;
            let row = storage.bucket(bucket)?;
            check_retention((bucket, row), name, existing, call.now)?;
        }
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

/// `POST …/copyTo/…`. A body replaces the metadata. Holds are not copied.
pub(super) fn copy(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (bucket, name) = (call.path("sourceBucket"), call.path("sourceObject"));
    let generation = call.query_u64("sourceGeneration")?;
    let source = cloud.storage.object(bucket, name, generation)?;
    let state = Some((source.generation, source.metageneration));
    Preconditions::from_call(call, "Source")?.check(state, false)?;
    let mut attributes = settable_fields(&call.body, SETTABLE)?;
    if attributes.is_empty() {
        attributes = source.attributes.clone();
        for hold in [Hold::EventBased, Hold::Temporary] {
            attributes.remove(hold.field());
        }
    }
    let content = source.content.clone();
    let destination = (
        call.path("destinationBucket"),
        call.path("destinationObject"),
    );
    let preconditions = Preconditions::from_call(call, "")?;
    let storage = &mut cloud.storage;
    storage.put(call, destination, &preconditions, attributes, content)?;
    view::object_response(cloud, call, destination, None, Projection::NoAcl)
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
