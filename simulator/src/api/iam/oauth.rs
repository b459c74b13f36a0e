//! Google's OAuth 2 token endpoint, <https://oauth2.googleapis.com/token>: what
//! client libraries ask for access tokens of a user who has signed in.

use crate::{ApiError, ApiResponse, Call, Cloud, call::parse_query, error::json_response};
use names::Duration;
use serde_json::json;

const LIFETIME: Duration = Duration::from_secs(3600);

/// The values of a form.
fn parameter<'a>(form: &'a [(String, String)], name: &str) -> &'a str {
    let found = form.iter().find(|(key, _)| key == name);
    found.map_or("", |(_, value)| value)
}

pub(super) fn token(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let form = parse_query(&String::from_utf8_lossy(&call.raw));
    let error = |error: &str, description: &str| {
        let body = json!({ "error": error, "error_description": description });
        Ok(ApiResponse::Raw(json_response(400, &body)))
    };
    if parameter(&form, "grant_type") != "refresh_token" {
        return error(
            "unsupported_grant_type",
            "Invalid grant_type: must be refresh_token.",
        );
    }
    let Some(principal) = cloud.iam.refreshed(parameter(&form, "refresh_token")) else {
        return error("invalid_grant", "Token has been expired or revoked.");
    };
    let token = cloud.iam.issue(&principal, call.now, LIFETIME);
    Ok(ApiResponse::Json(json!({
        "access_token": token,
        "expires_in": LIFETIME.as_secs(),
        "scope": "https://www.googleapis.com/auth/cloud-platform",
        "token_type": "Bearer",
    })))
}
