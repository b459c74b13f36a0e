//! Custom roles, and reading predefined ones.

use super::permissions::on_project_of;
use crate::{Client, Error, Idempotency, Method, Request, RequiredPermission};
use names::{ProjectId, RoleName};
use serde::{Deserialize, Serialize};
use serde_json::json;

const ROLE_FIELDS: &[&str] = &[
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
    .request_fields(&[
        "roleId",
        "role.title",
        "role.description",
        "role.includedPermissions",
        "role.stage",
    ])
    .response_fields(ROLE_FIELDS)
    .requires(|r| on_project_of("iam.roles.create", r.path_value("parent")));

/// Reads a project's custom role, even if it is deleted.
pub static ROLES_GET: Method = Method::get("iam.projects.roles.get", "/v1/{+name}")
    .response_fields(ROLE_FIELDS)
    .requires(|r| on_project_of("iam.roles.get", r.path_value("name")));

/// Reads an organization's custom role, even if it is deleted.
pub static ORGANIZATION_ROLES_GET: Method =
    Method::get("iam.organizations.roles.get", "/v1/{+name}")
        .response_fields(ROLE_FIELDS)
        .requires(|r| {
            let name = r.path_value("name");
            let owner = name.split("/roles/").next().unwrap_or(name);
            vec![RequiredPermission::on(
                "iam.roles.get",
                "cloudresourcemanager.googleapis.com",
                owner,
            )]
        });

/// Reads a predefined role, which anybody may: `iam.roles.get`, which is listed
/// for the method, is not required for predefined roles (unverified).
pub static PREDEFINED_ROLES_GET: Method =
    Method::get("iam.roles.get", "/v1/{+name}").response_fields(ROLE_FIELDS);

/// Changes a custom role.
pub static ROLES_PATCH: Method = Method::patch("iam.projects.roles.patch", "/v1/{+name}")
    .query(&["updateMask"])
    .request_fields(&["title", "description", "includedPermissions", "stage"])
    .response_fields(ROLE_FIELDS)
    .idempotency(Idempotency::Always)
    .requires(|r| on_project_of("iam.roles.update", r.path_value("name")));

/// Undeletes a custom role that was deleted less than seven days ago.
pub static ROLES_UNDELETE: Method =
    Method::post("iam.projects.roles.undelete", "/v1/{+name}:undelete")
        .request_fields(&["etag"])
        .response_fields(ROLE_FIELDS)
        .requires(|r| on_project_of("iam.roles.undelete", r.path_value("name")));

/// Deletes a custom role. It can be undeleted for seven days.
pub static ROLES_DELETE: Method = Method::delete("iam.projects.roles.delete", "/v1/{+name}")
    .response_fields(ROLE_FIELDS)
    .requires(|r| on_project_of("iam.roles.delete", r.path_value("name")));

/// A custom role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Role {
    /// `projects/{project}/roles/{id}`; not sent.
    #[serde(skip_serializing)]
    pub name: String,
    /// The title.
    pub title: String,
    /// The description.
    pub description: String,
    /// The permissions, in no particular order.
    pub included_permissions: Vec<String>,
    /// The launch stage, such as `GA`.
    pub stage: String,
    /// The version; not sent.
    #[serde(skip_serializing)]
    pub etag: String,
    /// Whether it is deleted and can be undeleted; not sent.
    #[serde(skip_serializing)]
    pub deleted: bool,
}

/// Creates the custom role `id`.
///
/// # Errors
/// The call failed; 409 if the role already exists, even if deleted.
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

fn role_request(method: &'static Method, project: &ProjectId, id: &str) -> Request {
    Request::new(method).path("name", format!("projects/{project}/roles/{id}"))
}

/// Reads a custom role, even if it is deleted.
///
/// # Errors
/// The call failed; 404 if the role does not exist.
pub async fn get_role(client: &Client, project: &ProjectId, id: &str) -> Result<Role, Error> {
    client.json(&role_request(&ROLES_GET, project, id)).await
}

/// Reads a predefined role, or the custom role of a project or an organization.
///
/// # Errors
/// The call failed; 404 if the role does not exist.
pub async fn get_any_role(client: &Client, role: &RoleName) -> Result<Role, Error> {
    let method = match role.as_str().split('/').next() {
        Some("projects") => &ROLES_GET,
        Some("organizations") => &ORGANIZATION_ROLES_GET,
        _ => &PREDEFINED_ROLES_GET,
    };
    client.json(&Request::new(method).path("name", role)).await
}

/// Replaces a custom role's title, description, permissions and stage.
///
/// # Errors
/// The call failed; 404 if the role does not exist.
pub async fn patch_role(
    client: &Client,
    project: &ProjectId,
    id: &str,
    role: &Role,
) -> Result<Role, Error> {
    let request = role_request(&ROLES_PATCH, project, id)
        .query("updateMask", "title,description,includedPermissions,stage")
        .json(role);
    client.json(&request).await
}

/// Undeletes a custom role whose version is `etag`.
///
/// # Errors
/// The call failed; 404 if the role does not exist.
pub async fn undelete_role(
    client: &Client,
    project: &ProjectId,
    id: &str,
    etag: &str,
) -> Result<Role, Error> {
    let request = role_request(&ROLES_UNDELETE, project, id).json(&json!({"etag": etag}));
    client.json(&request).await
}

/// Deletes a custom role; for seven days [`undelete_role`] restores it.
///
/// # Errors
/// The call failed; 404 if the role does not exist.
pub async fn delete_role(client: &Client, project: &ProjectId, id: &str) -> Result<Role, Error> {
    client.json(&role_request(&ROLES_DELETE, project, id)).await
}
