//! A bucket's or managed folder's policy: IAM's, in Storage's own form.

use super::{folders, resource::bucket_resource};
use crate::{
    Answer, ApiError, Call, Cloud,
    iam::{Resource, policy_get, policy_set, policy_test},
};

/// The managed folder that the path names, else the bucket.
fn target(cloud: &Cloud, call: &Call) -> Result<Resource, ApiError> {
    match call.path("managedFolder") {
        "" => Ok(bucket_resource(call.path("bucket"))),
        _ => folders::known(cloud, call),
    }
}

/// `GET …/iam`.
pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let target = target(cloud, call)?;
    policy_get(cloud, &target.full_name(), call).map(|answer| labelled(answer, &target))
}

/// `PUT …/iam`, the body being the policy.
pub(super) fn set(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let target = target(cloud, call)?;
    if cloud.storage.bucket(call.path("bucket"))?.is_private() {
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
    policy_set(cloud, &target.full_name(), call).map(|answer| labelled(answer, &target))
}

/// `GET …/iam/testPermissions?permissions=…`.
pub(super) fn test(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let mut answer = policy_test(cloud, &target(cloud, call)?, call)?;
    if let Answer::Json(body) = &mut answer {
        body["kind"] = "storage#testIamPermissionsResponse".into();
    }
    Ok(answer)
}

fn labelled(mut answer: Answer, target: &Resource) -> Answer {
    if let Answer::Json(body) = &mut answer {
        body["kind"] = "storage#policy".into();
        body["resourceId"] = target.name.as_str().into();
    }
    answer
}
