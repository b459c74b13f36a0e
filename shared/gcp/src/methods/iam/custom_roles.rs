//! Custom roles, and reading predefined ones.

use crate::{
    ApiPath, Client, Collection, Error, Idempotency, Method, NewId, On, Request,
    RequiredPermission, ResourceName, collection::collection,
};
use names::{CustomRoleName, RoleName};
use serde::Deserialize;
use serde_json::json;

const FIELDS: &[&str] = &[
    "name",
    "title",
    "description",
    "includedPermissions",
    "stage",
    "etag",
    "deleted",
];

collection! {
    /// Custom roles of projects. A deleted one is still found, and can be
    /// undeleted for seven days.
    ROLES = "iam.projects.roles" ("iam.roles"),
    "projects/project-1/roles/abc", id: NewId::Wrapped("roleId", "role");
    create post "/v1/{+parent}/roles" (create Project)
        .request_fields(&[
            "roleId",
            "role.title",
            "role.description",
            "role.includedPermissions",
            "role.stage",
        ])
        .response_fields(FIELDS);
    get get "/v1/{+name}" (get Project).response_fields(FIELDS);
    patch patch "/v1/{+name}" (update Project)
        .query(&["updateMask"])
        .request_fields(&["title", "description", "includedPermissions", "stage"])
        .response_fields(FIELDS)
        .idempotency(Idempotency::Always);
    delete delete "/v1/{+name}" (delete Project).response_fields(FIELDS);
}

impl ResourceName for CustomRoleName {
    type Resource = Role;
    type Listed = Role;
    const COLLECTION: &'static Collection = &ROLES;
}

/// Reads an organization's custom role, even if it is deleted.
pub static ORGANIZATION_ROLES_GET: Method =
    Method::get("iam.organizations.roles.get", "/v1/{+name}")
        .response_fields(FIELDS)
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
    Method::get("iam.roles.get", "/v1/{+name}").response_fields(FIELDS);

/// Undeletes a custom role that was deleted less than seven days ago.
pub static ROLES_UNDELETE: Method =
    Method::post("iam.projects.roles.undelete", "/v1/{+name}:undelete")
        .request_fields(&["etag"])
        .response_fields(FIELDS)
        .needs(&[("iam.roles.undelete", On::Project)]);

/// A role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Role {
    /// The permissions, in no particular order.
    pub included_permissions: Vec<String>,
    /// The launch stage, such as `GA`.
    pub stage: String,
    /// The version.
    pub etag: String,
    /// Whether it is deleted and can be undeleted.
    pub deleted: bool,
}

/// Reads a predefined role, or the custom role of a project or an organization.
///
/// # Errors
/// The call failed; 404 if the role does not exist.
pub async fn get_any_role(client: &Client, role: &RoleName) -> Result<Role, Error> {
    let request = match role.as_str().split('/').next() {
        Some("projects") => ROLES.get(role.as_str()),
        Some("organizations") => Request::on(&ORGANIZATION_ROLES_GET, role.as_str()),
        _ => Request::on(&PREDEFINED_ROLES_GET, role.as_str()),
    };
    client.json(&request).await
}

/// Undeletes a custom role whose version is `etag`.
///
/// # Errors
/// The call failed; 404 if the role does not exist.
pub async fn undelete_role(
    client: &Client,
    role: &CustomRoleName,
    etag: &str,
) -> Result<Role, Error> {
    let request = Request::on(&ROLES_UNDELETE, &role.path()).json(&json!({"etag": etag}));
    client.json(&request).await
}
