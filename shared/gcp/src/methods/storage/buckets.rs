//! Buckets and their policies.

use crate::{
    Client, Collection, Error, Idempotency, Method, NewId, Request, ResourceName, ResponseKind,
    collection::collection, permission::GrantedPermissions, policy,
};
use names::BucketName;
use serde::Deserialize;
use serde_json::Value;

const FIELDS: &[&str] = &[
    "name",
    "location",
    "labels",
    "timeCreated",
    "iamConfiguration.uniformBucketLevelAccess.enabled",
    "iamConfiguration.publicAccessPrevention",
    "softDeletePolicy.retentionDurationSeconds",
    "versioning.enabled",
    "lifecycle.rule",
    "retentionPolicy.isLocked",
];

collection! {
    /// Buckets. Only an empty one can be deleted. A patch needs the permission to
    /// read, too (source: Cloud Storage's table of permissions for JSON methods).
    BUCKETS = "storage.buckets" ("storage.buckets"),
    "b/bucket-1", items: "items", id: NewId::Field("name");
    insert post "/storage/v1/b" (create Project)
        .query(&["project"])
        .request_fields(&[
            "name",
            "location",
            "labels",
            "iamConfiguration.uniformBucketLevelAccess.enabled",
            "iamConfiguration.publicAccessPrevention",
            "softDeletePolicy.retentionDurationSeconds",
            "versioning.enabled",
            "lifecycle.rule",
            "lifecycle.rule.action.type",
            "lifecycle.rule.condition.age",
            "lifecycle.rule.condition.matchesPrefix",
        ])
        .response_fields(FIELDS);
    get get "/storage/v1/b/{bucket}" (get Resource).response_fields(FIELDS);
    list get "/storage/v1/b" (list Project)
        .query(&["project", "pageToken"])
        .response_fields(&[
            "items.name",
            "items.iamConfiguration.publicAccessPrevention",
            "nextPageToken",
        ]);
    patch patch "/storage/v1/b/{bucket}" (get Resource, update Resource)
        .request_fields(&[
            "labels",
            "iamConfiguration.uniformBucketLevelAccess.enabled",
            "iamConfiguration.publicAccessPrevention",
            "softDeletePolicy.retentionDurationSeconds",
            "versioning.enabled",
            "lifecycle.rule",
            "lifecycle.rule.action.type",
            "lifecycle.rule.condition.age",
            "lifecycle.rule.condition.matchesPrefix",
        ])
        .response_fields(FIELDS)
        .idempotency(Idempotency::Always);
    delete delete "/storage/v1/b/{bucket}" (delete Resource).response(ResponseKind::Empty);
    getIamPolicy get "/storage/v1/b/{bucket}/iam" (getIamPolicy Resource)
        .query(policy::STORAGE_VERSION_QUERY).reads_policy();
    setIamPolicy put "/storage/v1/b/{bucket}/iam" (setIamPolicy Resource)
        .writes_policy().request_fields(policy::FIELDS);
}

impl ResourceName for BucketName {
    type Resource = Value;
    type Listed = ListedBucket;
    const COLLECTION: &'static Collection = &BUCKETS;
}

/// A bucket in a list. Its name may be one that [`BucketName`] does not accept
/// (`example.com`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedBucket {
    /// Its name.
    pub name: String,
    /// How access to it may be granted.
    #[serde(default)]
    pub iam_configuration: IamConfiguration,
}

/// How access to a bucket may be granted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IamConfiguration {
    /// `enforced` or `inherited`.
    pub public_access_prevention: String,
}

/// Tests which permissions the caller has on a bucket. Requires none.
pub static BUCKETS_TEST_IAM_PERMISSIONS: Method = Method::get(
    "storage.buckets.testIamPermissions",
    "/storage/v1/b/{bucket}/iam/testPermissions",
)
.query(&["permissions"])
.response_fields(&["permissions"]);

/// Returns those of `permissions` that the caller has on a bucket.
///
/// # Errors
/// The call failed; 404 if the bucket does not exist.
pub async fn test_bucket_permissions(
    client: &Client,
    bucket: &BucketName,
    permissions: &[&str],
) -> Result<Vec<String>, Error> {
    let request = Request::new(&BUCKETS_TEST_IAM_PERMISSIONS).path("bucket", bucket);
    let request = permissions.iter().fold(request, |request, permission| {
        request.query("permissions", permission)
    });
    Ok(client
        .json::<GrantedPermissions>(&request)
        .await?
        .permissions)
}
