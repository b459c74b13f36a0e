//! `getIamPolicy`, `setIamPolicy` and `testIamPermissions`, which are the same
//! in all APIs.

use super::member_domains::check_members;
use crate::{ApiError, ApiResponse, Call, Cloud, iam::Resource};
use serde::Deserialize;
use serde_json::{Value, json};

/// `getIamPolicy` of the resource with this full name (`//service/name`).
pub(crate) fn policy_get(
    cloud: &Cloud,
    full_name: &str,
    call: &Call,
) -> Result<ApiResponse, ApiError> {
    let body = &call.body["options"]["requestedPolicyVersion"];
    let requested = if body.is_null() {
        let query = call.query_u64("options.requestedPolicyVersion")?;
        let storage = call.query_u64("optionsRequestedPolicyVersion")?;
        query.or(storage).unwrap_or(0)
    } else {
        body.as_u64().unwrap_or(u64::MAX)
    };
    if !matches!(requested, 0 | 1 | 3) {
        return Err(ApiError::invalid(
            "The requested policy version must be 1 or 3.",
        ));
    }
    let (key, _) = cloud.iam.canonical(full_name);
    Ok(ApiResponse::Json(cloud.iam.policy(&key).to_json(requested)))
}

/// `setIamPolicy`: the policy is the body's `policy` or, in Storage, the body.
pub(crate) fn policy_set(
    cloud: &mut Cloud,
    full_name: &str,
    call: &Call,
) -> Result<ApiResponse, ApiError> {
    let policy = call.body.get("policy").unwrap_or(&call.body);
    let submitted = super::policy::SubmittedPolicy::deserialize(policy)
        .map_err(|e| ApiError::invalid(format!("Invalid value at 'policy': {e}")))?;
    let mask = call.body["updateMask"].as_str().unwrap_or_default();
    let (key, _) = cloud.iam.canonical(full_name);
    check_members(cloud, &key, &submitted)?;
    let replaces = mask.contains("auditConfigs");
    let policy = cloud.write_policy(&key, submitted, replaces, call.now)?;
    Ok(ApiResponse::Json(policy.to_json(3)))
}

/// `testIamPermissions`: `permissions` are in the body or, in Storage, query
/// parameters.
pub(crate) fn policy_test(
    cloud: &Cloud,
    resource: &Resource,
    call: &Call,
) -> Result<ApiResponse, ApiError> {
    let body = call.body["permissions"].as_array().into_iter().flatten();
    let query = call.query.iter().filter(|(key, _)| key == "permissions");
    let held: Vec<&str> = body
        .filter_map(Value::as_str)
        .chain(query.map(|(_, value)| value.as_str()))
        .filter(|permission| cloud.allows(&call.principal, permission, resource, call.now))
        .collect();
    Ok(ApiResponse::Json(if held.is_empty() {
        json!({})
    } else {
        json!({ "permissions": held })
    }))
}
