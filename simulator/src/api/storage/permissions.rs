//! Required permissions.

use super::folder;
use super::resource::{bucket_resource, folder_resource, object_resource};
use crate::{
    ApiError, Call, Cloud,
    iam::{RequiredPermission, Resource},
};

/// Bucket names are global and not secret: a missing bucket is 404 for
/// everyone.
pub(super) fn on_bucket(
    cloud: &Cloud,
    call: &Call,
    permissions: &[&'static str],
) -> Result<Vec<RequiredPermission>, ApiError> {
    cloud.storage.bucket(call.path("bucket"))?;
    let required =
        |p: &&'static str| RequiredPermission::new(p, bucket_resource(call.path("bucket")));
    Ok(permissions.iter().map(required).collect())
}

pub(super) fn on_object(
    cloud: &Cloud,
    call: &Call,
    permissions: &[&'static str],
) -> Result<Vec<RequiredPermission>, ApiError> {
    let (bucket, object) = (call.path("bucket"), call.path("object"));
    cloud.storage.bucket(bucket)?;
    let required = |p: &&'static str| RequiredPermission::new(p, object_resource(bucket, object));
    Ok(permissions.iter().map(required).collect())
}

/// Listing requires `storage.objects.list`; on a managed folder this suffices
/// to list below it.
pub(super) fn list_permissions(
    cloud: &Cloud,
    call: &Call,
) -> Result<Vec<RequiredPermission>, ApiError> {
    let bucket = call.path("bucket");
    cloud.storage.bucket(bucket)?;
    let prefix = call.query("prefix").unwrap_or_default();
    let on = listing(cloud, bucket, prefix);
    Ok(vec![RequiredPermission::new("storage.objects.list", on)])
}

/// Reading an object requires `storage.objects.get`. If it does not exist,
/// `storage.objects.list` is required for a 404; otherwise the response is 403
/// (source: Cloud Storage's documentation of IAM permissions).
pub(super) fn read_permissions(
    cloud: &Cloud,
    call: &Call,
) -> Result<Vec<RequiredPermission>, ApiError> {
    let (bucket, object) = (call.path("bucket"), call.path("object"));
    let mut required = on_object(cloud, call, &["storage.objects.get"])?;
    if !cloud
        .storage
        .objects
        .contains(&format!("{bucket}/{object}"))
    {
        let on = listing(cloud, bucket, object);
        required.push(RequiredPermission::new("storage.objects.list", on));
    }
    Ok(required)
}

/// Writing an object requires `storage.objects.create`, replacing one
/// `storage.objects.delete` too. A write with `ifGenerationMatch=0` replaces
/// nothing, as its precondition fails (that Google checks in this order is
/// unverified).
pub(super) fn write_permissions(
    cloud: &Cloud,
    call: &Call,
    bucket: &str,
    object: &str,
) -> Result<Vec<RequiredPermission>, ApiError> {
    cloud.storage.bucket(bucket)?;
    let resource = object_resource(bucket, object);
    let mut required = vec![RequiredPermission::new(
        "storage.objects.create",
        resource.clone(),
    )];
    let replaces = call.query("ifGenerationMatch") != Some("0")
        && cloud
            .storage
            .objects
            .contains(&format!("{bucket}/{object}"));
    if replaces {
        required.push(RequiredPermission::new("storage.objects.delete", resource));
    }
    Ok(required)
}

/// The resource on which listing `prefix` is checked: the innermost managed
/// folder that contains all of it, or the bucket.
fn listing(cloud: &Cloud, bucket: &str, prefix: &str) -> Resource {
    let ends = prefix.rmatch_indices('/').map(|(at, _)| &prefix[..=at]);
    let inner = ends
        .into_iter()
        .find(|name| folder::is_there(cloud, bucket, name));
    inner.map_or_else(
        || bucket_resource(bucket),
        |name| folder_resource(bucket, name),
    )
}
