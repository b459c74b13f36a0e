//! `getIamPolicy`, `setIamPolicy` and `testIamPermissions`, as every API has them.

use crate::{Answer, ApiError, Call, Cloud, iam::Resource};
use serde::Deserialize;
use serde_json::{Value, json};

/// `getIamPolicy` of the resource with this full name (`//service/name`).
pub(crate) fn policy_get(cloud: &Cloud, full_name: &str, call: &Call) -> Result<Answer, ApiError> {
    let body = &call.body["options"]["requestedPolicyVersion"];
    let asked = if body.is_null() {
        let query = call.query_u64("options.requestedPolicyVersion")?;
        let storage = call.query_u64("optionsRequestedPolicyVersion")?;
        query.or(storage).unwrap_or(0)
    } else {
        body.as_u64().unwrap_or(u64::MAX)
    };
    if !matches!(asked, 0 | 1 | 3) {
        return Err(ApiError::invalid(
            "The requested policy version must be 1 or 3.",
        ));
    }
    let (key, _) = cloud.iam.canonical(full_name);
    Ok(Answer::Json(cloud.iam.policy(&key).shown(asked)))
}

/// `setIamPolicy`: the policy is the body's `policy`, or the body itself (Storage).
pub(crate) fn policy_set(
    cloud: &mut Cloud,
    full_name: &str,
    call: &Call,
) -> Result<Answer, ApiError> {
    let policy = call.body.get("policy").unwrap_or(&call.body);
    let written = super::policy::Written::deserialize(policy)
        .map_err(|e| ApiError::invalid(format!("Invalid value at 'policy': {e}")))?;
    let mask = call.body["updateMask"].as_str().unwrap_or_default();
    let (key, _) = cloud.iam.canonical(full_name);
    let policy = cloud
        .iam
        .write_policy(&key, written, mask.contains("auditConfigs"), call.now)?;
    Ok(Answer::Json(policy.shown(3)))
}

/// `testIamPermissions`: `permissions` from the body, or repeated in the query (Storage).
pub(crate) fn policy_test(
    cloud: &Cloud,
    resource: &Resource,
    call: &Call,
) -> Result<Answer, ApiError> {
    let body = call.body["permissions"].as_array().into_iter().flatten();
    let query = call.query.iter().filter(|(key, _)| key == "permissions");
    let held: Vec<&str> = body
        .filter_map(Value::as_str)
        .chain(query.map(|(_, value)| value.as_str()))
        .filter(|permission| cloud.allows(&call.principal, permission, resource, call.now))
        .collect();
    Ok(Answer::Json(if held.is_empty() {
        json!({})
    } else {
        json!({ "permissions": held })
    }))
}
