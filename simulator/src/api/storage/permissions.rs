//! The permissions that methods require.

use super::resource::{bucket_resource, folder_resource, object_resource};
use crate::{
    ApiError, Call, Cloud,
    iam::{Need, Resource},
};

/// Bucket names are global and no secret: a missing one is 404 to anybody.
pub(super) fn on_bucket(
    cloud: &Cloud,
    call: &Call,
    permissions: &[&'static str],
) -> Result<Vec<Need>, ApiError> {
    cloud.storage.bucket(call.path("bucket"))?;
    let need = |p: &&'static str| Need::new(p, bucket_resource(call.path("bucket")));
    Ok(permissions.iter().map(need).collect())
}

pub(super) fn on_object(
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
pub(super) fn to_list(cloud: &Cloud, call: &Call) -> Result<Vec<Need>, ApiError> {
    let bucket = call.path("bucket");
    cloud.storage.bucket(bucket)?;
    let prefix = call.query("prefix").unwrap_or_default();
    let on = listing(cloud, bucket, prefix);
    Ok(vec![Need::new("storage.objects.list", on)])
}

/// To read an object takes `storage.objects.get`; to be told that there is
/// none takes `storage.objects.list` too, else it is 403 (source: Cloud
/// Storage's documentation of IAM permissions).
pub(super) fn to_read(cloud: &Cloud, call: &Call) -> Result<Vec<Need>, ApiError> {
    let (bucket, object) = (call.path("bucket"), call.path("object"));
    let mut needs = on_object(cloud, call, &["storage.objects.get"])?;
    if !cloud
        .storage
        .objects
        .contains(&format!("{bucket}/{object}"))
    {
        let on = listing(cloud, bucket, object);
        needs.push(Need::new("storage.objects.list", on));
    }
    Ok(needs)
}

/// To write an object takes `storage.objects.create`, and to replace one
/// `storage.objects.delete` too. A write that says that it must be the first
/// replaces nothing: it fails on its precondition (that Google asks in this
/// order is unverified).
pub(super) fn to_write(
    cloud: &Cloud,
    call: &Call,
    bucket: &str,
    object: &str,
) -> Result<Vec<Need>, ApiError> {
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

/// What a permission to list under `prefix` is asked on: the innermost
/// managed folder that holds all of it, or the bucket.
fn listing(cloud: &Cloud, bucket: &str, prefix: &str) -> Resource {
    let ends = prefix.rmatch_indices('/').map(|(at, _)| &prefix[..=at]);
    let inner = ends
        .into_iter()
        .find(|name| cloud.storage.folders.contains(&format!("{bucket}/{name}")));
    inner.map_or_else(
        || bucket_resource(bucket),
        |name| folder_resource(bucket, name),
    )
}
