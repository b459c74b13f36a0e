//! Service Account Credentials, v1.

use crate::{Client, Error, Idempotency, Method, Request, RequiredPermission};
use names::{Duration, ServiceAccountEmail, Timestamp};
use serde::Deserialize;
use serde_json::json;

/// Every method of this file.
pub static ALL: &[&Method] = &[&GENERATE_ACCESS_TOKEN, &GENERATE_ID_TOKEN];

/// Mints an access token of an account.
pub static GENERATE_ACCESS_TOKEN: Method = Method::post(
    "iamcredentials.projects.serviceAccounts.generateAccessToken",
    "/v1/{+name}:generateAccessToken",
)
.sends(&["scope", "lifetime"])
.reads(&["accessToken", "expireTime"])
.idempotency(Idempotency::Always)
.requires(|r| on_account("iam.serviceAccounts.getAccessToken", r));

/// Mints an ID token of an account.
pub static GENERATE_ID_TOKEN: Method = Method::post(
    "iamcredentials.projects.serviceAccounts.generateIdToken",
    "/v1/{+name}:generateIdToken",
)
.sends(&["audience", "includeEmail"])
.reads(&["token"])
.idempotency(Idempotency::Always)
.requires(|r| on_account("iam.serviceAccounts.getOpenIdToken", r));

fn on_account(permission: &'static str, r: &Request) -> Vec<RequiredPermission> {
    vec![RequiredPermission::on_account(
        permission,
        r.path_value("name"),
    )]
}

fn account(email: &ServiceAccountEmail) -> String {
    format!("projects/-/serviceAccounts/{email}")
}

/// A minted access token.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessToken {
    /// The token.
    pub access_token: String,
    /// When it expires.
    pub expire_time: Timestamp,
}

/// Mints an access token of `email` for `scopes`; at most an hour's, unless
/// an organisation policy allows more.
///
/// # Errors
/// The call failed.
pub async fn generate_access_token(
    client: &Client,
    email: &ServiceAccountEmail,
    scopes: &[&str],
    lifetime: Duration,
) -> Result<AccessToken, Error> {
    let request = Request::new(&GENERATE_ACCESS_TOKEN)
        .path("name", account(email))
        .json(&json!({"scope": scopes, "lifetime": format!("{}s", lifetime.as_secs())}));
    client.json(&request).await
}

/// Mints an ID token of `email` for `audience`, its e-mail included.
///
/// # Errors
/// The call failed.
pub async fn generate_id_token(
    client: &Client,
    email: &ServiceAccountEmail,
    audience: &str,
) -> Result<String, Error> {
    #[derive(Deserialize)]
    struct Minted {
        token: String,
    }
    let request = Request::new(&GENERATE_ID_TOKEN)
        .path("name", account(email))
        .json(&json!({"audience": audience, "includeEmail": true}));
    Ok(client.json::<Minted>(&request).await?.token)
}
