//! Custom roles; and reading Google's own.

use super::in_project;
use crate::{Client, Error, Idempotency, Method, Request, RequiredPermission};
use names::{ProjectId, RoleName};
use serde::{Deserialize, Serialize};
use serde_json::json;

const ROLE: &[&str] = &[
    "name",
    "title",
    "description",
    "includedPermissions",
    "stage",
    "etag",
    "deleted",
];

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
    .requires(|r| in_project("iam.roles.create", r.path_value("parent")));

/// Reads a custom role, also a deleted one.
pub static ROLES_GET: Method = Method::get("iam.projects.roles.get", "/v1/{+name}")
    .reads(ROLE)
    .requires(|r| in_project("iam.roles.get", r.path_value("name")));

/// Reads an organisation's custom role, also a deleted one.
pub static ORGANIZATION_ROLES_GET: Method =
    Method::get("iam.organizations.roles.get", "/v1/{+name}")
        .reads(ROLE)
        .requires(|r| {
            let name = r.path_value("name");
            let owner = name.split("/roles/").next().unwrap_or(name);
            vec![RequiredPermission::on(
                "iam.roles.get",
                "cloudresourcemanager.googleapis.com",
                owner,
            )]
        });

/// Reads a role of Google's, which anybody may: `iam.roles.get`, which the
/// method's list has, is not asked on these (unverified).
pub static PREDEFINED_ROLES_GET: Method = Method::get("iam.roles.get", "/v1/{+name}").reads(ROLE);

/// Changes a custom role.
pub static ROLES_PATCH: Method = Method::patch("iam.projects.roles.patch", "/v1/{+name}")
    .query(&["updateMask"])
    .sends(&["title", "description", "includedPermissions", "stage"])
    .reads(ROLE)
    .idempotency(Idempotency::Always)
    .requires(|r| in_project("iam.roles.update", r.path_value("name")));

/// Brings back a custom role deleted less than seven days ago.
pub static ROLES_UNDELETE: Method =
    Method::post("iam.projects.roles.undelete", "/v1/{+name}:undelete")
        .sends(&["etag"])
        .reads(ROLE)
        .requires(|r| in_project("iam.roles.undelete", r.path_value("name")));

/// Deletes a custom role. It can be brought back for seven days.
pub static ROLES_DELETE: Method = Method::delete("iam.projects.roles.delete", "/v1/{+name}")
    .reads(ROLE)
    .requires(|r| in_project("iam.roles.delete", r.path_value("name")));

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

/// Reads a role, whoever's it is.
///
/// # Errors
/// The call failed.
pub async fn get_any_role(client: &Client, role: &RoleName) -> Result<Role, Error> {
    let method = match role.as_str().split('/').next() {
        Some("projects") => &ROLES_GET,
        Some("organizations") => &ORGANIZATION_ROLES_GET,
        _ => &PREDEFINED_ROLES_GET,
    };
    client.json(&Request::new(method).path("name", role)).await
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

/// Deletes a custom role; for seven days [`undelete_role`] brings it back.
///
/// # Errors
/// The call failed; 404 if there is none.
pub async fn delete_role(client: &Client, project: &ProjectId, id: &str) -> Result<Role, Error> {
    client.json(&role(&ROLES_DELETE, project, id)).await
}
