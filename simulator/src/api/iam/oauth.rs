//! Google's OAuth 2 token endpoint, <https://oauth2.googleapis.com/token>: what
//! client libraries ask for access tokens of a user who has signed in, and of a
//! service account whose key they have.

use crate::{
    ApiError, ApiResponse, Call, Cloud,
    call::parse_query,
    error::json_response,
    iam::{Assertion, Principal},
};
use names::Duration;
use serde_json::{Map, json};

const LIFETIME: Duration = Duration::from_secs(3600);

/// The endpoint, for which assertions must be made.
pub(super) const AUDIENCE: &str = "https://oauth2.googleapis.com/token";

/// Its older names, which old libraries write into assertions.
const OLD_AUDIENCES: [&str; 2] = [
    "https://accounts.google.com/o/oauth2/token",
    "https://www.googleapis.com/oauth2/v4/token",
];

/// `error`, `error_description`, and the status.
type Refusal = (&'static str, &'static str, u16);

// Source of the errors of assertions: reports of clients' users, and
// https://developers.google.com/identity/protocols/oauth2/service-account#error-codes

const fn invalid_grant(description: &'static str) -> Refusal {
    ("invalid_grant", description, 400)
}

/// The values of a form.
fn parameter<'a>(form: &'a [(String, String)], name: &str) -> &'a str {
    let found = form.iter().find(|(key, _)| key == name);
    found.map_or("", |(_, value)| value)
}

pub(super) fn token(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let form = parse_query(&String::from_utf8_lossy(&call.raw));
    let answer = match parameter(&form, "grant_type") {
        "refresh_token" => refreshed(cloud, call, parameter(&form, "refresh_token")),
        "urn:ietf:params:oauth:grant-type:jwt-bearer" => {
            asserted(cloud, call, parameter(&form, "assertion"))
        }
        _ => Err((
            "unsupported_grant_type",
            "Invalid grant_type: must be refresh_token or \
             urn:ietf:params:oauth:grant-type:jwt-bearer.",
            400,
        )),
    };
    Ok(answer.unwrap_or_else(|(error, description, status)| {
        let body = json!({ "error": error, "error_description": description });
        ApiResponse::Raw(json_response(status, &body))
    }))
}

fn refreshed(cloud: &mut Cloud, call: &Call, token: &str) -> Result<ApiResponse, Refusal> {
    let Some(principal) = cloud.iam.refreshed(token) else {
        return Err(invalid_grant("Token has been expired or revoked."));
    };
    let token = cloud.iam.issue(&principal, call.now, LIFETIME);
    Ok(ApiResponse::Json(json!({
        "access_token": token,
        "expires_in": LIFETIME.as_secs(),
        "scope": "https://www.googleapis.com/auth/cloud-platform",
        "token_type": "Bearer",
    })))
}

/// A token of the account that has signed the assertion.
fn asserted(cloud: &mut Cloud, call: &Call, assertion: &str) -> Result<ApiResponse, Refusal> {
    // Unverified.
    let malformed = invalid_grant("Invalid JWT: Failed to parse the assertion.");
    let assertion = Assertion::parse(assertion).ok_or(malformed)?;
    let email = assertion.claim("iss");
    let account = cloud.iam.account(email);
    let (email, account) = account.ok_or(invalid_grant("Invalid grant: account not found"))?;
    let (email, is_disabled) = (email.clone(), account.disabled);
    // Domain-wide delegation is not simulated: nobody has it.
    if !["", email.as_str()].contains(&assertion.claim("sub")) {
        return Err((
            "unauthorized_client",
            "Client is unauthorized to retrieve access tokens using this method, or client not \
             authorized for any of the scopes requested.",
            401,
        ));
    }
    let audience = assertion.claim("aud");
    if audience != AUDIENCE && !OLD_AUDIENCES.contains(&audience) {
        return Err(invalid_grant("Invalid JWT: Failed audience check."));
    }
    if !assertion.is_timely(call.now) {
        return Err(invalid_grant(
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable \
             timeframe. Check your iat and exp values in the JWT claim.",
        ));
    }
    if !assertion.is_signed(&cloud.iam, call.now) {
        return Err(invalid_grant("Invalid JWT Signature."));
    }
    if is_disabled {
        // Unverified.
        return Err(("disabled_client", "The OAuth client was disabled.", 401));
    }
    let (scope, target) = (assertion.claim("scope"), assertion.claim("target_audience"));
    if !target.is_empty() {
        let token = cloud
            .iam
            .id_token(&email, target, true, Map::new(), call.now);
        return Ok(ApiResponse::Json(json!({ "id_token": token })));
    }
    if scope.is_empty() {
        let description = "Invalid OAuth scope or ID token audience provided.";
        return Err(("invalid_scope", description, 400));
    }
    let token = cloud
        .iam
        .issue(&Principal::service_account(&email), call.now, LIFETIME);
    Ok(ApiResponse::Json(json!({
        "access_token": token,
        "expires_in": LIFETIME.as_secs() - 1,
        "token_type": "Bearer",
    })))
}
