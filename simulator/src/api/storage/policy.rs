//! IAM policies of buckets and managed folders, in the form of Cloud Storage.

use super::{folder, resource::bucket_resource};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    iam::{Resource, policy_get, policy_set, policy_test},
};

/// The managed folder in the path, if any, else the bucket.
fn target(cloud: &Cloud, call: &Call) -> Result<Resource, ApiError> {
    match call.path("managedFolder") {
        "" => Ok(bucket_resource(call.path("bucket"))),
        _ => folder::existing(cloud, call),
    }
}

/// `GET …/iam`.
pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let target = target(cloud, call)?;
    policy_get(cloud, &target.full_name(), call).map(|response| with_kind(response, &target))
}

/// `PUT …/iam`, whose body is the policy.
pub(super) fn set(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let target = target(cloud, call)?;
    if cloud
        .storage
        .bucket(call.path("bucket"))?
        .prevents_public_access()
    {
        let bindings = call.body["bindings"].as_array().into_iter().flatten();
        let members = bindings.flat_map(|b| b["members"].as_array().into_iter().flatten());
        if members
            .into_iter()
            .any(|m| m == "allUsers" || m == "allAuthenticatedUsers")
        {
            return Err(ApiError::precondition(
                "The member bindings allUsers and allAuthenticatedUsers are not allowed since \
                 public access prevention is enforced.",
            ));
        }
    }
    policy_set(cloud, &target.full_name(), call).map(|response| with_kind(response, &target))
}

/// `GET …/iam/testPermissions?permissions=…`.
pub(super) fn test(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let mut response = policy_test(cloud, &target(cloud, call)?, call)?;
    if let ApiResponse::Json(body) = &mut response {
        body["kind"] = "storage#testIamPermissionsResponse".into();
    }
    Ok(response)
}

fn with_kind(mut response: ApiResponse, target: &Resource) -> ApiResponse {
    if let ApiResponse::Json(body) = &mut response {
        body["kind"] = "storage#policy".into();
        body["resourceId"] = target.name.as_str().into();
    }
    response
}
