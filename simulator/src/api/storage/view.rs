//! Buckets and objects as a caller sees them.

use super::{
    acl,
    bucket::Bucket,
    object::Object,
    resource::{bucket_resource, object_resource},
};
use crate::{ApiError, ApiResponse, Call, Cloud};
use serde_json::{Value, json};

/// Which fields a response has, unless the caller says it by `projection`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Projection {
    /// All but `owner` and the access control lists.
    NoAcl,
    Full,
}

impl Projection {
    fn of(call: &Call, default: Self) -> Self {
        match call.query("projection") {
            Some("full") => Self::Full,
            Some("noAcl") => Self::NoAcl,
            Some(_) | None => default,
        }
    }
}

/// A bucket. It has access control lists for a caller who may read its policy.
pub(super) fn bucket(
    cloud: &Cloud,
    call: &Call,
    (name, bucket): (&str, &Bucket),
    default: Projection,
) -> Value {
    let mut json = bucket.json(name, &call.origin);
    let permission = "storage.buckets.getIamPolicy";
    if Projection::of(call, default) == Projection::Full
        && !bucket.is_uniform()
        && cloud.allows(
            &call.principal,
            permission,
            &bucket_resource(name),
            call.now,
        )
    {
        acl::add_to_bucket(&mut json, bucket.number);
    }
    json
}

/// An object. It has an access control list for its owner, and for a caller who
/// may read its policy.
pub(super) fn object(
    cloud: &Cloud,
    call: &Call,
    (bucket, name): (&str, &str),
    object: &Object,
    default: Projection,
) -> Value {
    let mut json = object.json(bucket, name, &call.origin);
    let Some(row) = cloud.storage.buckets.get(bucket) else {
        return json;
    };
    if let Some(until) = row.retains_until(object) {
        json["retentionExpirationTime"] = json!(until);
    }
    let is_full = Projection::of(call, default) == Projection::Full && !row.is_uniform();
    let owner = object.owner.as_deref().unwrap_or_default();
    let permission = "storage.objects.getIamPolicy";
    let resource = object_resource(bucket, name);
    if is_full
        && (owner == call.principal.email()
            || cloud.allows(&call.principal, permission, &resource, call.now))
    {
        acl::add_to_object(&mut json, row.number, owner);
    }
    json
}

/// The live object with this name, or the given generation.
pub(super) fn object_response(
    cloud: &Cloud,
    call: &Call,
    (bucket, name): (&str, &str),
    generation: Option<u64>,
    default: Projection,
) -> Result<ApiResponse, ApiError> {
    let found = cloud.storage.object(bucket, name, generation)?;
    let json = object(cloud, call, (bucket, name), found, default);
    Ok(ApiResponse::Json(json))
}
