//! Service accounts.

use super::permissions::{on_account, on_project_of};
use crate::{Client, Error, Idempotency, Method, Pages, Policy, Request, ResponseKind, policy};
use names::{ProjectId, ServiceAccountEmail};
use serde::Deserialize;
use serde_json::json;

const ACCOUNT_FIELDS: &[&str] = &[
    "name",
    "email",
    "uniqueId",
    "disabled",
    "displayName",
    "description",
];
/// Creates a service account.
pub static ACCOUNTS_CREATE: Method = Method::post(
    "iam.projects.serviceAccounts.create",
    "/v1/{+name}/serviceAccounts",
)
.request_fields(&[
    "accountId",
    "serviceAccount.displayName",
    "serviceAccount.description",
])
.response_fields(ACCOUNT_FIELDS)
.requires(|r| on_project_of("iam.serviceAccounts.create", r.path_value("name")));

/// Reads a service account.
pub static ACCOUNTS_GET: Method = Method::get("iam.projects.serviceAccounts.get", "/v1/{+name}")
    .response_fields(ACCOUNT_FIELDS)
    .requires(|r| on_account("iam.serviceAccounts.get", r.path_value("name")));

/// Lists a project's service accounts.
pub static ACCOUNTS_LIST: Method = Method::get(
    "iam.projects.serviceAccounts.list",
    "/v1/{+name}/serviceAccounts",
)
.query(&["pageSize", "pageToken"])
.response_fields(&["accounts.name", "accounts.email", "nextPageToken"])
.requires(|r| on_project_of("iam.serviceAccounts.list", r.path_value("name")));

/// Changes a service account's display name and description.
pub static ACCOUNTS_PATCH: Method =
    Method::patch("iam.projects.serviceAccounts.patch", "/v1/{+name}")
        .request_fields(&[
            "serviceAccount.displayName",
            "serviceAccount.description",
            "updateMask",
        ])
        .response_fields(ACCOUNT_FIELDS)
        .idempotency(Idempotency::Always)
        .requires(|r| on_account("iam.serviceAccounts.update", r.path_value("name")));

/// Deletes a service account. It can be undeleted for 30 days.
pub static ACCOUNTS_DELETE: Method =
    Method::delete("iam.projects.serviceAccounts.delete", "/v1/{+name}")
        .response(ResponseKind::Empty)
        .requires(|r| on_account("iam.serviceAccounts.delete", r.path_value("name")));

/// Disables an account: its tokens are rejected at once.
pub static ACCOUNTS_DISABLE: Method = Method::post(
    "iam.projects.serviceAccounts.disable",
    "/v1/{+name}:disable",
)
.idempotency(Idempotency::Always)
.response(ResponseKind::Empty)
.requires(|r| on_account("iam.serviceAccounts.disable", r.path_value("name")));

/// Enables a disabled account.
pub static ACCOUNTS_ENABLE: Method =
    Method::post("iam.projects.serviceAccounts.enable", "/v1/{+name}:enable")
        .idempotency(Idempotency::Always)
        .response(ResponseKind::Empty)
        .requires(|r| on_account("iam.serviceAccounts.enable", r.path_value("name")));

/// Undeletes a service account, by its unique ID.
pub static ACCOUNTS_UNDELETE: Method = Method::post(
    "iam.projects.serviceAccounts.undelete",
    "/v1/{+name}:undelete",
)
.response_fields(&["restoredAccount.email", "restoredAccount.uniqueId"])
.requires(|r| on_project_of("iam.serviceAccounts.undelete", r.path_value("name")));

/// Reads a service account's policy.
pub static ACCOUNTS_GET_IAM_POLICY: Method = Method::post(
    "iam.projects.serviceAccounts.getIamPolicy",
    "/v1/{+resource}:getIamPolicy",
)
.query(&["options.requestedPolicyVersion"])
.response_fields(policy::FIELDS)
.idempotency(Idempotency::Always)
.requires(|r| on_account("iam.serviceAccounts.getIamPolicy", r.path_value("resource")));

/// Writes a service account's policy.
pub static ACCOUNTS_SET_IAM_POLICY: Method = Method::post(
    "iam.projects.serviceAccounts.setIamPolicy",
    "/v1/{+resource}:setIamPolicy",
)
.request_fields(policy::SET_FIELDS)
.response_fields(policy::FIELDS)
.idempotency(Idempotency::If(policy::has_etag))
.requires(|r| on_account("iam.serviceAccounts.setIamPolicy", r.path_value("resource")));

/// A service account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceAccount {
    /// `projects/{project}/serviceAccounts/{email}`.
    pub name: String,
    /// Its email address.
    pub email: ServiceAccountEmail,
    /// Its numeric ID; an account created later with the same email has another.
    #[serde(default)]
    pub unique_id: String,
    /// Whether it is disabled: its tokens are rejected.
    #[serde(default)]
    pub disabled: bool,
    /// The display name.
    #[serde(default)]
    pub display_name: String,
    /// The description.
    #[serde(default)]
    pub description: String,
}

/// An account's resource name. The email contains the project, except for
/// Google's default accounts, where `-` stands for any project.
fn account_name(email: &ServiceAccountEmail) -> String {
    let host = email.as_str().split_once('@').map_or("", |(_, host)| host);
    let project = host.strip_suffix(".iam.gserviceaccount.com");
    format!(
        "projects/{}/serviceAccounts/{email}",
        project.unwrap_or("-")
    )
}

/// Creates `{id}@{project}.iam.gserviceaccount.com`.
///
/// # Errors
/// The call failed; 409 if the account already exists.
pub async fn create_account(
    client: &Client,
    project: &ProjectId,
    id: &str,
    display_name: &str,
    description: &str,
) -> Result<ServiceAccount, Error> {
    let request = Request::new(&ACCOUNTS_CREATE)
        .path("name", format!("projects/{project}"))
        .json(&json!({
            "accountId": id,
            "serviceAccount": {"displayName": display_name, "description": description},
        }));
    client.json(&request).await
}

/// Reads a service account.
///
/// # Errors
/// The call failed; 404 if the account does not exist. A new account may
/// respond with 403 or 404 for a while, since IAM is eventually consistent.
pub async fn get_account(
    client: &Client,
    email: &ServiceAccountEmail,
) -> Result<ServiceAccount, Error> {
    let request = Request::new(&ACCOUNTS_GET).path("name", account_name(email));
    client.json(&request).await
}

/// Lists a project's service accounts.
///
/// # Errors
/// A call failed.
pub async fn list_accounts(
    client: &Client,
    project: &ProjectId,
) -> Result<Vec<ServiceAccount>, Error> {
    let request = Request::new(&ACCOUNTS_LIST)
        .path("name", format!("projects/{project}"))
        .query("pageSize", 100);
    Pages::new(client, request).all("accounts").await
}

/// Changes a service account's display name and description.
///
/// # Errors
/// The call failed; 404 if the account does not exist.
pub async fn patch_account(
    client: &Client,
    email: &ServiceAccountEmail,
    display_name: &str,
    description: &str,
) -> Result<(), Error> {
    let request = Request::new(&ACCOUNTS_PATCH)
        .path("name", account_name(email))
        .json(&json!({
            "serviceAccount": {"displayName": display_name, "description": description},
            "updateMask": "displayName,description",
        }));
    // The response may contain the changed fields only.
    client.send(&request).await?;
    Ok(())
}

/// Disables or enables an account.
///
/// # Errors
/// The call failed; 404 if the account does not exist.
pub async fn set_account_disabled(
    client: &Client,
    email: &ServiceAccountEmail,
    disabled: bool,
) -> Result<(), Error> {
    let method = if disabled {
        &ACCOUNTS_DISABLE
    } else {
        &ACCOUNTS_ENABLE
    };
    let request = Request::new(method)
        .path("name", account_name(email))
        .json(&json!({}));
    client.send(&request).await?;
    Ok(())
}

/// Deletes a service account; for 30 days [`undelete_account`] restores it.
///
/// # Errors
/// The call failed; 404 if the account does not exist.
pub async fn delete_account(client: &Client, email: &ServiceAccountEmail) -> Result<(), Error> {
    let request = Request::new(&ACCOUNTS_DELETE).path("name", account_name(email));
    client.send(&request).await?;
    Ok(())
}

/// Undeletes the account of `project` with this unique ID; it is again a member
/// of every binding it was in.
///
/// # Errors
/// The call failed; 404 after 30 days, or if a new account has its email.
pub async fn undelete_account(
    client: &Client,
    project: &ProjectId,
    unique_id: &str,
) -> Result<(), Error> {
    let name = format!("projects/{project}/serviceAccounts/{unique_id}");
    let request = Request::new(&ACCOUNTS_UNDELETE)
        .path("name", name)
        .json(&json!({}));
    client.send(&request).await?;
    Ok(())
}

impl policy::GetIamPolicy for ServiceAccountEmail {
    fn get_iam_policy(&self) -> Request {
        policy::get_request(&ACCOUNTS_GET_IAM_POLICY, account_name(self))
    }
}

impl policy::SetIamPolicy for ServiceAccountEmail {
    fn set_iam_policy(&self, policy: &Policy) -> Request {
        policy::set_request(&ACCOUNTS_SET_IAM_POLICY, account_name(self), policy)
    }
}
