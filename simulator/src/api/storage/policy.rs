//! A bucket's policy: IAM's, in Storage's own form.

use super::bucket_resource;
use crate::{
    Answer, ApiError, Call, Cloud,
    iam::{policy_get, policy_set, policy_test},
};

/// `GET /b/{b}/iam`.
pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let name = bucket_resource(call.path("bucket")).full_name();
    policy_get(cloud, &name, call).map(|answer| labelled(answer, call, "storage#policy"))
}

/// `PUT /b/{b}/iam`, the body being the policy.
pub(super) fn set(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let name = bucket_resource(call.path("bucket")).full_name();
    policy_set(cloud, &name, call).map(|answer| labelled(answer, call, "storage#policy"))
}

/// `GET /b/{b}/iam/testPermissions?permissions=…`.
pub(super) fn test(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let answer = policy_test(cloud, &bucket_resource(call.path("bucket")), call)?;
    Ok(labelled(answer, call, "storage#testIamPermissionsResponse"))
}

fn labelled(mut answer: Answer, call: &Call, kind: &str) -> Answer {
    if let Answer::Json(body) = &mut answer {
        body["kind"] = kind.into();
        if kind == "storage#policy" {
            body["resourceId"] = bucket_resource(call.path("bucket")).name.into();
        }
    }
    answer
}
