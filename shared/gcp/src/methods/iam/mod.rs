//! Identity and Access Management, v1: service accounts and custom roles.

mod custom_roles;

pub use custom_roles::*;

use crate::{
    Client, Error, Idempotency, Method, Pages, Policy, Request, RequiredPermission, ResponseKind,
    policy,
};
use names::{ProjectId, ServiceAccountEmail};
use serde::Deserialize;
use serde_json::json;

/// Every method of this file.
pub static ALL: &[&Method] = &[
    &ACCOUNTS_CREATE,
    &ACCOUNTS_DELETE,
    &ACCOUNTS_DISABLE,
    &ACCOUNTS_ENABLE,
    &ACCOUNTS_GET,
    &ACCOUNTS_GET_IAM_POLICY,
    &ACCOUNTS_LIST,
    &ACCOUNTS_PATCH,
    &ACCOUNTS_SET_IAM_POLICY,
    &ACCOUNTS_UNDELETE,
    &ROLES_CREATE,
    &ROLES_DELETE,
    &ORGANIZATION_ROLES_GET,
    &PREDEFINED_ROLES_GET,
    &ROLES_GET,
    &ROLES_PATCH,
    &ROLES_UNDELETE,
];

const ACCOUNT: &[&str] = &[
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
.sends(&[
    "accountId",
    "serviceAccount.displayName",
    "serviceAccount.description",
])
.reads(ACCOUNT)
.requires(|r| in_project("iam.serviceAccounts.create", r.path_value("name")));

/// Reads a service account.
pub static ACCOUNTS_GET: Method = Method::get("iam.projects.serviceAccounts.get", "/v1/{+name}")
    .reads(ACCOUNT)
    .requires(|r| on_account("iam.serviceAccounts.get", r.path_value("name")));

/// Lists a project's service accounts.
pub static ACCOUNTS_LIST: Method = Method::get(
    "iam.projects.serviceAccounts.list",
    "/v1/{+name}/serviceAccounts",
)
.query(&["pageSize", "pageToken"])
.reads(&["accounts.name", "accounts.email", "nextPageToken"])
.requires(|r| in_project("iam.serviceAccounts.list", r.path_value("name")));

/// Changes a service account's name for people and its description.
pub static ACCOUNTS_PATCH: Method =
    Method::patch("iam.projects.serviceAccounts.patch", "/v1/{+name}")
        .sends(&[
            "serviceAccount.displayName",
            "serviceAccount.description",
            "updateMask",
        ])
        .reads(ACCOUNT)
        .idempotency(Idempotency::Always)
        .requires(|r| on_account("iam.serviceAccounts.update", r.path_value("name")));

/// Deletes a service account. It can be brought back for 30 days.
pub static ACCOUNTS_DELETE: Method =
    Method::delete("iam.projects.serviceAccounts.delete", "/v1/{+name}")
        .response(ResponseKind::Empty)
        .requires(|r| on_account("iam.serviceAccounts.delete", r.path_value("name")));

/// Refuses an account's tokens, at once.
pub static ACCOUNTS_DISABLE: Method = Method::post(
    "iam.projects.serviceAccounts.disable",
    "/v1/{+name}:disable",
)
.idempotency(Idempotency::Always)
.response(ResponseKind::Empty)
.requires(|r| on_account("iam.serviceAccounts.disable", r.path_value("name")));

/// Accepts a disabled account's tokens again.
pub static ACCOUNTS_ENABLE: Method =
    Method::post("iam.projects.serviceAccounts.enable", "/v1/{+name}:enable")
        .idempotency(Idempotency::Always)
        .response(ResponseKind::Empty)
        .requires(|r| on_account("iam.serviceAccounts.enable", r.path_value("name")));

/// Brings back a service account, by its unique id.
pub static ACCOUNTS_UNDELETE: Method = Method::post(
    "iam.projects.serviceAccounts.undelete",
    "/v1/{+name}:undelete",
)
.reads(&["restoredAccount.email", "restoredAccount.uniqueId"])
.requires(|r| in_project("iam.serviceAccounts.undelete", r.path_value("name")));

/// Reads who may do what with a service account.
pub static ACCOUNTS_GET_IAM_POLICY: Method = Method::post(
    "iam.projects.serviceAccounts.getIamPolicy",
    "/v1/{+resource}:getIamPolicy",
)
.query(&["options.requestedPolicyVersion"])
.reads(policy::FIELDS)
.idempotency(Idempotency::Always)
.requires(|r| on_account("iam.serviceAccounts.getIamPolicy", r.path_value("resource")));

/// Writes who may do what with a service account.
pub static ACCOUNTS_SET_IAM_POLICY: Method = Method::post(
    "iam.projects.serviceAccounts.setIamPolicy",
    "/v1/{+resource}:setIamPolicy",
)
.sends(policy::SENT)
.reads(policy::FIELDS)
.idempotency(Idempotency::If(policy::is_fenced))
.requires(|r| on_account("iam.serviceAccounts.setIamPolicy", r.path_value("resource")));

/// `name` is `projects/p` or lies below it.
fn in_project(permission: &'static str, name: &str) -> Vec<RequiredPermission> {
    let project = name.split('/').nth(1).unwrap_or_default();
    vec![RequiredPermission::on_project(permission, project)]
}

fn on_account(permission: &'static str, name: &str) -> Vec<RequiredPermission> {
    vec![RequiredPermission::on_account(permission, name)]
}

/// A service account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceAccount {
    /// `projects/{project}/serviceAccounts/{email}`.
    pub name: String,
    /// Its e-mail address.
    pub email: ServiceAccountEmail,
    /// Its numeric id, which a new account of the same address does not share.
    #[serde(default)]
    pub unique_id: String,
    /// Whether its tokens are refused.
    #[serde(default)]
    pub disabled: bool,
    /// What people read.
    #[serde(default)]
    pub display_name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
}

/// An account's name; the project is in the address of all but Google's own
/// default accounts, and `-` stands for it there.
fn account(email: &ServiceAccountEmail) -> String {
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
/// The call failed; 409 if it exists.
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
/// The call failed.
pub async fn get_account(
    client: &Client,
    email: &ServiceAccountEmail,
) -> Result<ServiceAccount, Error> {
    let request = Request::new(&ACCOUNTS_GET).path("name", account(email));
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

/// Changes a service account's name for people and its description.
///
/// # Errors
/// The call failed.
pub async fn patch_account(
    client: &Client,
    email: &ServiceAccountEmail,
    display_name: &str,
    description: &str,
) -> Result<(), Error> {
    let request = Request::new(&ACCOUNTS_PATCH)
        .path("name", account(email))
        .json(&json!({
            "serviceAccount": {"displayName": display_name, "description": description},
            "updateMask": "displayName,description",
        }));
    // The answer need not hold more than what was changed.
    client.send(&request).await?;
    Ok(())
}

/// Refuses an account's tokens, or accepts them again.
///
/// # Errors
/// The call failed.
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
        .path("name", account(email))
        .json(&json!({}));
    client.send(&request).await?;
    Ok(())
}

/// Deletes a service account; for 30 days [`undelete_account`] brings it back.
///
/// # Errors
/// The call failed; 404 if there is none.
pub async fn delete_account(client: &Client, email: &ServiceAccountEmail) -> Result<(), Error> {
    let request = Request::new(&ACCOUNTS_DELETE).path("name", account(email));
    client.send(&request).await?;
    Ok(())
}

/// Brings back the account of `project` that had this unique id, with its
/// place in every policy.
///
/// # Errors
/// The call failed; 404 after 30 days, and where the address is taken anew.
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

/// Reads who may do what with a service account.
///
/// # Errors
/// The call failed.
pub async fn get_account_policy(
    client: &Client,
    email: &ServiceAccountEmail,
) -> Result<Policy, Error> {
    let request = Request::new(&ACCOUNTS_GET_IAM_POLICY)
        .path("resource", account(email))
        .query("options.requestedPolicyVersion", policy::VERSION);
    client.json(&request).await
}

/// Writes who may do what with a service account.
///
/// # Errors
/// The call failed; a conflict if somebody else wrote since it was read.
pub async fn set_account_policy(
    client: &Client,
    email: &ServiceAccountEmail,
    policy: &Policy,
) -> Result<Policy, Error> {
    let request = Request::new(&ACCOUNTS_SET_IAM_POLICY)
        .path("resource", account(email))
        .json(&policy::sent(policy));
    client.json(&request).await
}
