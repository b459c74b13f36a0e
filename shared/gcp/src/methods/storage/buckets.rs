//! Buckets and their policies.

use super::permissions::on_bucket;
use crate::{
    Client, Error, Idempotency, Method, Pages, Policy, Request, RequiredPermission, ResponseKind,
    methods::int64::int64, policy,
};
use names::{BucketName, ProjectId};
use serde::Deserialize;
use serde_json::Value;

const BUCKET_FIELDS: &[&str] = &[
    "name",
    "location",
    "labels",
    "metageneration",
    "timeCreated",
    "iamConfiguration.uniformBucketLevelAccess.enabled",
    "iamConfiguration.publicAccessPrevention",
    "softDeletePolicy.retentionDurationSeconds",
    "versioning.enabled",
    "retentionPolicy.isLocked",
];

/// The fields that a patch may send.
const PATCH_FIELDS: &[&str] = &[
    "labels",
    "iamConfiguration.uniformBucketLevelAccess.enabled",
    "iamConfiguration.publicAccessPrevention",
    "softDeletePolicy.retentionDurationSeconds",
    "versioning.enabled",
];

/// Creates a bucket.
pub static BUCKETS_INSERT: Method = Method::post("storage.buckets.insert", "/storage/v1/b")
    .query(&["project"])
    .request_fields(&[
        "name",
        "location",
        "labels",
        "iamConfiguration.uniformBucketLevelAccess.enabled",
        "iamConfiguration.publicAccessPrevention",
        "softDeletePolicy.retentionDurationSeconds",
        "versioning.enabled",
        "lifecycle.rule.action.type",
        "lifecycle.rule.condition.age",
    ])
    .response_fields(BUCKET_FIELDS)
    .requires(|r| {
        let project = r.query_value("project").unwrap_or_default();
        vec![RequiredPermission::on_project(
            "storage.buckets.create",
            project,
        )]
    });

/// Reads a bucket.
pub static BUCKETS_GET: Method = Method::get("storage.buckets.get", "/storage/v1/b/{bucket}")
    .response_fields(BUCKET_FIELDS)
    .requires(|r| vec![on_bucket("storage.buckets.get", r)]);

/// Lists a project's buckets.
pub static BUCKETS_LIST: Method = Method::get("storage.buckets.list", "/storage/v1/b")
    .query(&["project", "pageToken"])
    .response_fields(&[
        "items.name",
        "items.iamConfiguration.publicAccessPrevention",
        "nextPageToken",
    ])
    .requires(|r| {
        let project = r.query_value("project").unwrap_or_default();
        vec![RequiredPermission::on_project(
            "storage.buckets.list",
            project,
        )]
    });

/// Reads a bucket's policy.
pub static BUCKETS_GET_IAM_POLICY: Method =
    Method::get("storage.buckets.getIamPolicy", "/storage/v1/b/{bucket}/iam")
        .query(&["optionsRequestedPolicyVersion"])
        .response_fields(policy::FIELDS)
        .requires(|r| vec![on_bucket("storage.buckets.getIamPolicy", r)]);

/// Writes a bucket's policy.
pub static BUCKETS_SET_IAM_POLICY: Method =
    Method::put("storage.buckets.setIamPolicy", "/storage/v1/b/{bucket}/iam")
        .request_fields(policy::FIELDS)
        .response_fields(policy::FIELDS)
        .idempotency(Idempotency::If(policy::has_etag))
        .requires(|r| vec![on_bucket("storage.buckets.setIamPolicy", r)]);

/// Changes a bucket.
pub static BUCKETS_PATCH: Method = Method::patch("storage.buckets.patch", "/storage/v1/b/{bucket}")
    .request_fields(PATCH_FIELDS)
    .response_fields(BUCKET_FIELDS)
    .idempotency(Idempotency::Always)
    .requires(|r| {
        // Cloud Storage requires both (source: its table of permissions for
        // JSON methods).
        vec![
            on_bucket("storage.buckets.get", r),
            on_bucket("storage.buckets.update", r),
        ]
    });

/// Deletes an empty bucket.
pub static BUCKETS_DELETE: Method =
    Method::delete("storage.buckets.delete", "/storage/v1/b/{bucket}")
        .response(ResponseKind::Empty)
        .requires(|r| vec![on_bucket("storage.buckets.delete", r)]);

/// A bucket.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bucket {
    /// Its name.
    pub name: BucketName,
    /// The location, in upper case (`EUROPE-WEST4`).
    #[serde(default)]
    pub location: String,
    /// Its labels.
    #[serde(default)]
    pub labels: std::collections::BTreeMap<String, String>,
    /// When it was created (RFC 3339); tells a re-created bucket from the old.
    #[serde(default)]
    pub time_created: String,
    /// Uniform bucket-level access and public access prevention.
    #[serde(default)]
    pub iam_configuration: IamConfiguration,
    /// How long deleted objects can be restored.
    #[serde(default)]
    pub soft_delete_policy: SoftDelete,
    /// Whether overwritten and deleted objects are kept as noncurrent versions.
    #[serde(default)]
    pub versioning: EnabledFlag,
    /// How long objects must be kept.
    #[serde(default)]
    pub retention_policy: Retention,
    /// The version of the metadata.
    #[serde(deserialize_with = "int64", default)]
    pub metageneration: i64,
}

/// How access to a bucket may be granted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IamConfiguration {
    /// Whether access is granted by IAM alone, without ACLs.
    pub uniform_bucket_level_access: EnabledFlag,
    /// `enforced` or `inherited`.
    pub public_access_prevention: String,
}

/// A setting that is on or off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct EnabledFlag {
    /// Whether it is on.
    pub enabled: bool,
}

/// How long deleted objects can be restored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SoftDelete {
    /// In seconds; 0 disables soft delete.
    #[serde(deserialize_with = "int64")]
    pub retention_duration_seconds: i64,
}

/// How long objects must be kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Retention {
    /// Whether the policy can never be removed.
    pub is_locked: bool,
}

/// Creates a bucket in `project`; `bucket` is the request body.
///
/// # Errors
/// The call failed; 409 if the name is taken, in any project.
pub async fn create_bucket(
    client: &Client,
    project: &ProjectId,
    bucket: &Value,
) -> Result<Bucket, Error> {
    let request = Request::new(&BUCKETS_INSERT)
        .query("project", project)
        .json(bucket);
    client.json(&request).await
}

/// Reads a bucket.
///
/// # Errors
/// The call failed; 404 if the bucket does not exist.
pub async fn get_bucket(client: &Client, bucket: &BucketName) -> Result<Bucket, Error> {
    let request = Request::new(&BUCKETS_GET).path("bucket", bucket);
    client.json(&request).await
}

/// A bucket in a list. Its name may be one that [`BucketName`] does not accept
/// (`example.com`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedBucket {
    /// Its name.
    pub name: String,
    /// Uniform bucket-level access and public access prevention.
    #[serde(default)]
    pub iam_configuration: IamConfiguration,
}

/// Lists a project's buckets.
///
/// # Errors
/// A call failed.
pub async fn list_buckets(
    client: &Client,
    project: &ProjectId,
) -> Result<Vec<ListedBucket>, Error> {
    let request = Request::new(&BUCKETS_LIST).query("project", project);
    Pages::new(client, request).all("items").await
}

/// Changes the fields of a bucket that `patch`, the request body, contains.
///
/// # Errors
/// The call failed; 404 if the bucket does not exist.
pub async fn patch_bucket(
    client: &Client,
    bucket: &BucketName,
    patch: &Value,
) -> Result<Bucket, Error> {
    let request = Request::new(&BUCKETS_PATCH)
        .path("bucket", bucket)
        .json(patch);
    client.json(&request).await
}

/// Deletes an empty bucket.
///
/// # Errors
/// The call failed; 404 if the bucket does not exist, 409 if it is not empty.
pub async fn delete_bucket(client: &Client, bucket: &BucketName) -> Result<(), Error> {
    let request = Request::new(&BUCKETS_DELETE).path("bucket", bucket);
    client.send(&request).await?;
    Ok(())
}

impl policy::GetIamPolicy for BucketName {
    fn get_iam_policy(&self) -> Request {
        Request::new(&BUCKETS_GET_IAM_POLICY)
            .path("bucket", self)
            .query("optionsRequestedPolicyVersion", policy::VERSION)
    }
}

impl policy::SetIamPolicy for BucketName {
    fn set_iam_policy(&self, policy: &Policy) -> Request {
        Request::new(&BUCKETS_SET_IAM_POLICY)
            .path("bucket", self)
            .json(&policy::as_version_3(policy))
    }
}
