//! Identity and Access Management, v1: service accounts and custom roles.

use crate::{Client, Error, Method, Need, Policy, Repeat, Request, policy};
use names::{ProjectId, ServiceAccountEmail};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Every method of this file.
pub static ALL: &[&Method] = &[
    &ACCOUNTS_CREATE,
    &ACCOUNTS_GET,
    &ACCOUNTS_GET_IAM_POLICY,
    &ACCOUNTS_SET_IAM_POLICY,
    &ROLES_CREATE,
    &ROLES_GET,
    &ROLES_PATCH,
    &ROLES_UNDELETE,
];

const ACCOUNT: &[&str] = &["name", "email", "uniqueId", "disabled"];
const ROLE: &[&str] = &[
    "name",
    "title",
    "description",
    "includedPermissions",
    "stage",
    "etag",
    "deleted",
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
.needs(|r| in_project("iam.serviceAccounts.create", r.path_value("name")));

/// Reads a service account.
pub static ACCOUNTS_GET: Method = Method::get("iam.projects.serviceAccounts.get", "/v1/{+name}")
    .reads(ACCOUNT)
    .needs(|r| on_account("iam.serviceAccounts.get", r.path_value("name")));

/// Reads who may do what with a service account.
pub static ACCOUNTS_GET_IAM_POLICY: Method = Method::post(
    "iam.projects.serviceAccounts.getIamPolicy",
    "/v1/{+resource}:getIamPolicy",
)
.query(&["options.requestedPolicyVersion"])
.reads(policy::FIELDS)
.repeat(Repeat::Safe)
.needs(|r| on_account("iam.serviceAccounts.getIamPolicy", r.path_value("resource")));

/// Writes who may do what with a service account.
pub static ACCOUNTS_SET_IAM_POLICY: Method = Method::post(
    "iam.projects.serviceAccounts.setIamPolicy",
    "/v1/{+resource}:setIamPolicy",
)
.sends(policy::SENT)
.reads(policy::FIELDS)
.repeat(Repeat::If(policy::is_fenced))
.needs(|r| on_account("iam.serviceAccounts.setIamPolicy", r.path_value("resource")));

/// Creates a custom role.
pub static ROLES_CREATE: Method = Method::post("iam.projects.roles.create", "/v1/{+parent}/roles")
    .sends(&[
        "roleId",
        "role.title",
        "role.description",
        "role.includedPermissions",
        "role.stage",
    ])
    .reads(ROLE)
    .needs(|r| in_project("iam.roles.create", r.path_value("parent")));

/// Reads a custom role, also a deleted one.
pub static ROLES_GET: Method = Method::get("iam.projects.roles.get", "/v1/{+name}")
    .reads(ROLE)
    .needs(|r| in_project("iam.roles.get", r.path_value("name")));

/// Changes a custom role.
pub static ROLES_PATCH: Method = Method::patch("iam.projects.roles.patch", "/v1/{+name}")
    .query(&["updateMask"])
    .sends(&["title", "description", "includedPermissions", "stage"])
    .reads(ROLE)
    .repeat(Repeat::Safe)
    .needs(|r| in_project("iam.roles.update", r.path_value("name")));

/// Brings back a custom role deleted less than seven days ago.
pub static ROLES_UNDELETE: Method =
    Method::post("iam.projects.roles.undelete", "/v1/{+name}:undelete")
        .sends(&["etag"])
        .reads(ROLE)
        .needs(|r| in_project("iam.roles.undelete", r.path_value("name")));

/// `name` is `projects/p` or lies below it.
fn in_project(permission: &'static str, name: &str) -> Vec<Need> {
    let project = name.split('/').nth(1).unwrap_or_default();
    vec![Need::on_project(permission, project)]
}

fn on_account(permission: &'static str, name: &str) -> Vec<Need> {
    vec![Need::on_account(permission, name)]
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
}

/// A custom role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Role {
    /// `projects/{project}/roles/{id}`; not sent.
    #[serde(skip_serializing)]
    pub name: String,
    /// What people read.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// The permissions, in no order that means anything.
    pub included_permissions: Vec<String>,
    /// `GA`, unless it is not meant for use.
    pub stage: String,
    /// Its version; not sent.
    #[serde(skip_serializing)]
    pub etag: String,
    /// Whether it is deleted, and can be brought back; not sent.
    #[serde(skip_serializing)]
    pub deleted: bool,
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

/// Creates the custom role `id`.
///
/// # Errors
/// The call failed; 409 if it exists, also deleted.
pub async fn create_role(
    client: &Client,
    project: &ProjectId,
    id: &str,
    role: &Role,
) -> Result<Role, Error> {
    let request = Request::new(&ROLES_CREATE)
        .path("parent", format!("projects/{project}"))
        .json(&json!({"roleId": id, "role": role}));
    client.json(&request).await
}

fn role(method: &'static Method, project: &ProjectId, id: &str) -> Request {
    Request::new(method).path("name", format!("projects/{project}/roles/{id}"))
}

/// Reads a custom role, also a deleted one.
///
/// # Errors
/// The call failed.
pub async fn get_role(client: &Client, project: &ProjectId, id: &str) -> Result<Role, Error> {
    client.json(&role(&ROLES_GET, project, id)).await
}

/// Makes a custom role like `to`.
///
/// # Errors
/// The call failed.
pub async fn patch_role(
    client: &Client,
    project: &ProjectId,
    id: &str,
    to: &Role,
) -> Result<Role, Error> {
    let request = role(&ROLES_PATCH, project, id)
        .query("updateMask", "title,description,includedPermissions,stage")
        .json(to);
    client.json(&request).await
}

/// Brings back a deleted custom role of the version `etag`.
///
/// # Errors
/// The call failed.
pub async fn undelete_role(
    client: &Client,
    project: &ProjectId,
    id: &str,
    etag: &str,
) -> Result<Role, Error> {
    let request = role(&ROLES_UNDELETE, project, id).json(&json!({"etag": etag}));
    client.json(&request).await
}
