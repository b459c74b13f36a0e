//! Buckets and their policies.

use super::{super::int64, on_bucket};
use crate::{
    Client, Error, Idempotency, Method, Pages, Policy, Request, RequiredPermission, ResponseKind,
    policy,
};
use names::{BucketName, ProjectId};
use serde::Deserialize;
use serde_json::Value;

const BUCKET: &[&str] = &[
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

/// What is sent of a bucket that is there.
const CHANGED: &[&str] = &[
    "labels",
    "iamConfiguration.uniformBucketLevelAccess.enabled",
    "iamConfiguration.publicAccessPrevention",
    "softDeletePolicy.retentionDurationSeconds",
    "versioning.enabled",
];

/// Creates a bucket.
pub static BUCKETS_INSERT: Method = Method::post("storage.buckets.insert", "/storage/v1/b")
    .query(&["project"])
    .sends(&[
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
    .reads(BUCKET)
    .requires(|r| {
        let project = r.query_value("project").unwrap_or_default();
        vec![RequiredPermission::on_project(
            "storage.buckets.create",
            project,
        )]
    });

/// Reads a bucket.
pub static BUCKETS_GET: Method = Method::get("storage.buckets.get", "/storage/v1/b/{bucket}")
    .reads(BUCKET)
    .requires(|r| on_bucket("storage.buckets.get", r));

/// Lists a project's buckets.
pub static BUCKETS_LIST: Method = Method::get("storage.buckets.list", "/storage/v1/b")
    .query(&["project", "pageToken"])
    .reads(&[
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
        .reads(policy::FIELDS)
        .requires(|r| on_bucket("storage.buckets.getIamPolicy", r));

/// Writes a bucket's policy.
pub static BUCKETS_SET_IAM_POLICY: Method =
    Method::put("storage.buckets.setIamPolicy", "/storage/v1/b/{bucket}/iam")
        .sends(policy::FIELDS)
        .reads(policy::FIELDS)
        .idempotency(Idempotency::If(policy::is_fenced))
        .requires(|r| on_bucket("storage.buckets.setIamPolicy", r));

/// Changes a bucket.
pub static BUCKETS_PATCH: Method = Method::patch("storage.buckets.patch", "/storage/v1/b/{bucket}")
    .sends(CHANGED)
    .reads(BUCKET)
    .idempotency(Idempotency::Always)
    .requires(|r| {
        // Cloud Storage asks for both (source: its table of permissions
        // for JSON methods).
        let mut needs = on_bucket("storage.buckets.get", r);
        needs.extend(on_bucket("storage.buckets.update", r));
        needs
    });

/// Deletes a bucket that is empty.
pub static BUCKETS_DELETE: Method =
    Method::delete("storage.buckets.delete", "/storage/v1/b/{bucket}")
        .response(ResponseKind::Empty)
        .requires(|r| on_bucket("storage.buckets.delete", r));

/// A bucket.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bucket {
    /// Its name.
    pub name: BucketName,
    /// Where it is, in capitals (`EUROPE-WEST4`).
    #[serde(default)]
    pub location: String,
    /// Its labels.
    #[serde(default)]
    pub labels: std::collections::BTreeMap<String, String>,
    /// When it was made (RFC 3339): a bucket made anew has another time.
    #[serde(default)]
    pub time_created: String,
    /// Who may be granted access, and how.
    #[serde(default)]
    pub iam_configuration: IamConfiguration,
    /// How long deleted objects can be restored.
    #[serde(default)]
    pub soft_delete_policy: SoftDelete,
    /// Whether what is overwritten or deleted is kept as a version.
    #[serde(default)]
    pub versioning: EnabledFlag,
    /// How long objects must be kept.
    #[serde(default)]
    pub retention_policy: Retention,
    /// The version of what is known of it.
    #[serde(deserialize_with = "int64", default)]
    pub metageneration: i64,
}

/// Who may be granted access to a bucket, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IamConfiguration {
    /// Whether access is IAM's alone to say.
    pub uniform_bucket_level_access: EnabledFlag,
    /// `enforced` or `inherited`.
    pub public_access_prevention: String,
}

/// Something that is on or off.
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
    /// In seconds; 0 is not at all.
    #[serde(deserialize_with = "int64")]
    pub retention_duration_seconds: i64,
}

/// How long objects must be kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Retention {
    /// Whether the policy can never be taken away.
    pub is_locked: bool,
}

/// Creates a bucket in `project`: `bucket` is a body as in the API.
///
/// # Errors
/// The call failed; 409 if the name is taken, by whomever.
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
/// The call failed.
pub async fn get_bucket(client: &Client, bucket: &BucketName) -> Result<Bucket, Error> {
    let request = Request::new(&BUCKETS_GET).path("bucket", bucket);
    client.json(&request).await
}

/// A bucket in a list, where it may bear any name (`example.com`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedBucket {
    /// Its name.
    pub name: String,
    /// Who may be granted access, and how.
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

/// Reads a bucket's policy, conditions included.
///
/// # Errors
/// The call failed.
pub async fn get_bucket_policy(client: &Client, bucket: &BucketName) -> Result<Policy, Error> {
    let request = Request::new(&BUCKETS_GET_IAM_POLICY)
        .path("bucket", bucket)
        .query("optionsRequestedPolicyVersion", policy::VERSION);
    client.json(&request).await
}

/// Writes a bucket's policy as version 3.
///
/// # Errors
/// The call failed; a conflict if somebody else wrote since it was read.
pub async fn set_bucket_policy(
    client: &Client,
    bucket: &BucketName,
    policy: &Policy,
) -> Result<Policy, Error> {
    let request = Request::new(&BUCKETS_SET_IAM_POLICY)
        .path("bucket", bucket)
        .json(&policy::versioned(policy));
    client.json(&request).await
}

/// Changes what `patch`, part of a body as in the API, says; the rest stays.
///
/// # Errors
/// The call failed.
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

/// Deletes a bucket.
///
/// # Errors
/// The call failed; 404 if it is not there, 409 if it holds anything.
pub async fn delete_bucket(client: &Client, bucket: &BucketName) -> Result<(), Error> {
    let request = Request::new(&BUCKETS_DELETE).path("bucket", bucket);
    client.send(&request).await?;
    Ok(())
}
