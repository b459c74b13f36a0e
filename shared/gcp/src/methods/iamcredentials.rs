//! Service Account Credentials, v1: access and ID tokens of service accounts.

use crate::{Client, Error, Idempotency, Method, On, Request};
use names::{Duration, ServiceAccountEmail, Timestamp};
use serde::Deserialize;
use serde_json::json;

/// Every method of this module.
pub static ALL: &[&Method] = &[&GENERATE_ACCESS_TOKEN, &GENERATE_ID_TOKEN];

/// Generates an access token of a service account.
pub static GENERATE_ACCESS_TOKEN: Method = Method::post(
    "iamcredentials.projects.serviceAccounts.generateAccessToken",
    "/v1/{+name}:generateAccessToken",
)
.request_fields(&["scope", "lifetime"])
.response_fields(&["accessToken", "expireTime"])
.idempotency(Idempotency::Always)
.needs(&[("iam.serviceAccounts.getAccessToken", On::Resource)]);

/// Generates an ID token of a service account.
pub static GENERATE_ID_TOKEN: Method = Method::post(
    "iamcredentials.projects.serviceAccounts.generateIdToken",
    "/v1/{+name}:generateIdToken",
)
.request_fields(&["audience", "includeEmail"])
.response_fields(&["token"])
.idempotency(Idempotency::Always)
.needs(&[("iam.serviceAccounts.getOpenIdToken", On::Resource)]);

fn account_name(email: &ServiceAccountEmail) -> String {
    format!("projects/-/serviceAccounts/{email}")
}

/// An access token and its expiry.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessToken {
    /// The token.
    pub access_token: String,
    /// When it expires.
    pub expire_time: Timestamp,
}

/// Generates an access token of `email` for `scopes`. The lifetime is at most an
/// hour, unless an organization policy allows more.
///
/// # Errors
/// The call failed; 403 without `iam.serviceAccounts.getAccessToken`, and 404 or
/// 403 if the account does not exist.
pub async fn generate_access_token(
    client: &Client,
    email: &ServiceAccountEmail,
    scopes: &[&str],
    lifetime: Duration,
) -> Result<AccessToken, Error> {
    let request = Request::new(&GENERATE_ACCESS_TOKEN)
        .path("name", account_name(email))
        .json(&json!({"scope": scopes, "lifetime": format!("{}s", lifetime.as_secs())}));
    client.json(&request).await
}

/// Generates an ID token of `email` for `audience`, with the email included.
///
/// # Errors
/// As [`generate_access_token`], with `iam.serviceAccounts.getOpenIdToken`.
pub async fn generate_id_token(
    client: &Client,
    email: &ServiceAccountEmail,
    audience: &str,
) -> Result<String, Error> {
    #[derive(Deserialize)]
    struct IdTokenResponse {
        token: String,
    }
    let request = Request::new(&GENERATE_ID_TOKEN)
        .path("name", account_name(email))
        .json(&json!({"audience": audience, "includeEmail": true}));
    Ok(client.json::<IdTokenResponse>(&request).await?.token)
}
