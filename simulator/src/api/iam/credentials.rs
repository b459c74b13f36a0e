//! Service Account Credentials v1: short-lived credentials of a service
//! account.

use crate::{
    ApiError, ApiResponse, Call, Cloud, base64_field,
    iam::{Principal, RequiredPermission, Resource},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use names::{Duration, Timestamp};
use serde_json::{Value, json};

const DELEGATE: &str = "iam.serviceAccounts.implicitDelegation";

/// The account in the path.
fn account(call: &Call) -> Resource {
    Resource::service_account(call.path("project"), call.path("account"))
}

/// The email address of the account in the path.
pub(super) fn email(cloud: &Cloud, call: &Call) -> Result<String, ApiError> {
    let project = call.path("project");
    let project = cloud.iam.project(project).map_or(project, |(id, _)| id);
    let found = cloud.iam.account(call.path("account"));
    let found = found.filter(|(_, account)| {
        (project == "-" || project == account.project) && cloud.iam.is_readable(account, call.now)
    });
    let (email, _) = found.ok_or_else(|| ApiError::not_found("Unknown service account"))?;
    Ok(email.clone())
}

/// An optional string field of the body.
fn text<'a>(body: &'a Value, field: &str) -> Result<&'a str, ApiError> {
    match &body[field] {
        Value::Null => Ok(""),
        Value::String(text) => Ok(text),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => Err(
            ApiError::invalid(format!("Invalid value at '{field}' (TYPE_STRING).")),
        ),
    }
}

/// The accounts in `delegates`, in order, by address or unique ID.
fn delegates(call: &Call) -> Result<Vec<&str>, ApiError> {
    let names = &call.body["delegates"];
    if names.is_null() {
        return Ok(Vec::new());
    }
    let keys = names
        .as_array()
        .and_then(|names| names.iter().map(delegate).collect());
    keys.ok_or_else(|| {
        ApiError::invalid("Invalid value at 'delegates': projects/-/serviceAccounts/{account}.")
    })
}

fn delegate(name: &Value) -> Option<&str> {
    name.as_str()?.strip_prefix("projects/-/serviceAccounts/")
}

/// With delegates, the caller must be allowed to delegate to the first and each
/// to the next; only the last needs `permission` on the account.
pub(super) fn required_permissions(
    call: &Call,
    permission: &'static str,
) -> Result<Vec<RequiredPermission>, ApiError> {
    Ok(vec![match delegates(call)?.first() {
        Some(first) => RequiredPermission::new(DELEGATE, Resource::service_account("-", first)),
        None => RequiredPermission::new(permission, account(call)),
    }])
}

/// Checks the delegation chain after its first link. Returns the email address
/// of the account whose credentials it gives.
fn check_delegation(
    cloud: &Cloud,
    call: &Call,
    permission: &'static str,
) -> Result<String, ApiError> {
    let delegates = delegates(call)?;
    for (index, key) in delegates.iter().enumerate() {
        let next = match delegates.get(index + 1) {
            Some(next) => RequiredPermission::new(DELEGATE, Resource::service_account("-", next)),
            None => RequiredPermission::new(permission, account(call)),
        };
        let existing = cloud
            .iam
            .account(key)
            .filter(|(_, account)| !account.disabled);
        let (email, _) = existing.ok_or_else(|| ApiError::not_found("Unknown service account"))?;
        let delegate = Principal::service_account(email);
        if !cloud.allows(&delegate, next.permission, &next.resource, call.now) {
            return Err(next.refusal(&delegate));
        }
    }
    let email = email(cloud, call)?;
    if cloud
        .iam
        .accounts
        .get(&email)
        .is_some_and(|account| account.disabled)
    {
        // The status is unverified against Google.
        return Err(ApiError::failed_precondition(format!(
            "Service account {email} is disabled."
        )));
    }
    Ok(email)
}

pub(super) fn generate_access_token(
    cloud: &mut Cloud,
    call: &Call,
) -> Result<ApiResponse, ApiError> {
    let email = check_delegation(cloud, call, "iam.serviceAccounts.getAccessToken")?;
    if call.body["scope"].as_array().is_none_or(Vec::is_empty) {
        return Err(ApiError::invalid("Scope required."));
    }
    let seconds = match text(&call.body, "lifetime")? {
        "" => Some(3600),
        lifetime => lifetime
            .strip_suffix('s')
            .and_then(|seconds| seconds.parse().ok()),
    };
    let lifetime = seconds
        .filter(|seconds| (1..=3600).contains(seconds))
        .ok_or_else(|| {
            ApiError::invalid("Invalid value at 'lifetime': from 1s to 3600s, such as 3600s.")
        })?;
    // Whole seconds, as Google does.
    let now = Timestamp::from_seconds(call.now.as_seconds());
    let ttl = Duration::from_secs(lifetime);
    let token = cloud
        .iam
        .issue(&Principal::service_account(&email), now, ttl);
    Ok(ApiResponse::Json(
        json!({ "accessToken": token, "expireTime": now + ttl }),
    ))
}

pub(super) fn generate_id_token(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let email = check_delegation(cloud, call, "iam.serviceAccounts.getOpenIdToken")?;
    let audience = text(&call.body, "audience")?;
    if audience.is_empty() {
        return Err(ApiError::invalid("Audience required."));
    }
    let include = call.body["includeEmail"] == true;
    let extra = serde_json::Map::new();
    let token = cloud
        .iam
        .id_token(&email, audience, include, extra, call.now);
    Ok(ApiResponse::Json(json!({ "token": token })))
}

pub(super) fn sign_blob(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let email = check_delegation(cloud, call, "iam.serviceAccounts.signBlob")?;
    let payload = base64_field::decode(text(&call.body, "payload")?)
        .ok_or_else(|| ApiError::invalid("Invalid value at 'payload' (TYPE_BYTES)."))?;
    let key = cloud.iam.managed_key(&email);
    let key = key.ok_or_else(|| ApiError::not_found("Unknown service account"))?;
    Ok(ApiResponse::Json(json!({
        "keyId": key.key_id(),
        "signedBlob": BASE64_STANDARD.encode(key.sign_bytes(&payload)),
    })))
}
