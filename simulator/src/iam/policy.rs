//! Policies: who holds which role on a resource, read and written as every API does.

use crate::{Answer, ApiError, Call, Cloud, iam::Resource};

/// `getIamPolicy` of the resource with this full name (`//service/name`).
pub(crate) fn policy_get(cloud: &Cloud, full_name: &str, call: &Call) -> Result<Answer, ApiError> {
    let _ = (cloud, full_name, call);
    Err(ApiError::unimplemented("getIamPolicy"))
}

/// `setIamPolicy`: the policy is the body's `policy`, or the body itself (Storage).
pub(crate) fn policy_set(cloud: &mut Cloud, full_name: &str, call: &Call) -> Result<Answer, ApiError> {
    let _ = (cloud, full_name, call);
    Err(ApiError::unimplemented("setIamPolicy"))
}

/// `testIamPermissions`: `permissions` from the body, or repeated in the query (Storage).
pub(crate) fn policy_test(cloud: &Cloud, resource: &Resource, call: &Call) -> Result<Answer, ApiError> {
    let _ = (cloud, resource, call);
    Err(ApiError::unimplemented("testIamPermissions"))
}
