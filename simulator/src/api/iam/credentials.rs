//! Short-lived credentials of a service account, for whoever may have them.

use super::{
    accounts,
    request::{account, text},
};
use crate::{
    Answer, ApiError, Call, Cloud,
    iam::{Need, Principal, Resource},
};
use names::{Duration, Timestamp};
use serde_json::{Value, json};

const DELEGATE: &str = "iam.serviceAccounts.implicitDelegation";

/// The accounts of `delegates`, in order, by address or unique id.
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

/// With delegates, the caller needs to delegate to the first, and each to the
/// next; only the last needs `permission` on the account.
pub(super) fn needs(call: &Call, permission: &'static str) -> Result<Vec<Need>, ApiError> {
    Ok(vec![match delegates(call)?.first() {
        Some(first) => Need::new(DELEGATE, Resource::service_account("-", first)),
        None => Need::new(permission, account(call)),
    }])
}

/// Checks the chain behind its first link, and says whose credentials it gives.
fn chain(cloud: &Cloud, call: &Call, permission: &'static str) -> Result<String, ApiError> {
    let delegates = delegates(call)?;
    for (index, key) in delegates.iter().enumerate() {
        let next = match delegates.get(index + 1) {
            Some(next) => Need::new(DELEGATE, Resource::service_account("-", next)),
            None => Need::new(permission, account(call)),
        };
        let known = cloud
            .iam
            .account(key)
            .filter(|(_, account)| !account.disabled);
        let (email, _) = known.ok_or_else(|| ApiError::not_found("Unknown service account"))?;
        let delegate = Principal::service_account(email);
        if !cloud.allows(&delegate, next.permission, &next.resource, call.now) {
            return Err(next.refusal(&delegate));
        }
    }
    let email = accounts::email(cloud, call)?;
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

pub(super) fn generate_access_token(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let email = chain(cloud, call, "iam.serviceAccounts.getAccessToken")?;
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
    // To the second, as Google says it.
    let now = Timestamp::from_seconds(call.now.as_seconds());
    let ttl = Duration::from_secs(lifetime);
    let token = cloud
        .iam
        .issue(&Principal::service_account(&email), now, ttl);
    Ok(Answer::Json(
        json!({ "accessToken": token, "expireTime": now + ttl }),
    ))
}

pub(super) fn generate_id_token(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let email = chain(cloud, call, "iam.serviceAccounts.getOpenIdToken")?;
    let audience = text(&call.body, "audience")?;
    if audience.is_empty() {
        return Err(ApiError::invalid("Audience required."));
    }
    let include = call.body["includeEmail"] == true;
    let extra = serde_json::Map::new();
    let token = cloud
        .iam
        .id_token(&email, audience, include, extra, call.now);
    Ok(Answer::Json(json!({ "token": token })))
}
