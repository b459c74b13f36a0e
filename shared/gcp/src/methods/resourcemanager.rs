//! Resource Manager, v3: projects, folders and organizations.

use crate::{Client, Error, Idempotency, Method, Policy, Request, RequiredPermission, policy};
use names::{FolderName, ProjectId};
use serde::Deserialize;
use serde_json::json;

/// Every method of this module.
pub static ALL: &[&Method] = &[
    &FOLDERS_GET,
    &FOLDERS_GET_IAM_POLICY,
    &FOLDERS_SET_IAM_POLICY,
    &GET,
    &GET_IAM_POLICY,
    &ORGANIZATIONS_GET_IAM_POLICY,
    &SET_IAM_POLICY,
    &TEST_IAM_PERMISSIONS,
];

/// Reads a folder's policy.
pub static FOLDERS_GET_IAM_POLICY: Method = Method::post(
    "cloudresourcemanager.folders.getIamPolicy",
    "/v3/{+resource}:getIamPolicy",
)
.request_fields(&["options.requestedPolicyVersion"])
.response_fields(policy::FIELDS)
.idempotency(Idempotency::Always)
.requires(|r| {
    on_resource(
        "resourcemanager.folders.getIamPolicy",
        r.path_value("resource"),
    )
});

/// Writes a folder's policy.
pub static FOLDERS_SET_IAM_POLICY: Method = Method::post(
    "cloudresourcemanager.folders.setIamPolicy",
    "/v3/{+resource}:setIamPolicy",
)
.request_fields(policy::SET_FIELDS)
.response_fields(policy::FIELDS)
.idempotency(Idempotency::If(policy::has_etag))
.requires(|r| {
    on_resource(
        "resourcemanager.folders.setIamPolicy",
        r.path_value("resource"),
    )
});

/// Reads a project.
pub static GET: Method = Method::get("cloudresourcemanager.projects.get", "/v3/{+name}")
    .response_fields(&["name", "projectId", "state", "parent"])
    .requires(|r| {
        vec![RequiredPermission::on_project(
            "resourcemanager.projects.get",
            r.path_value("name"),
        )]
    });

/// Reads a project's policy.
pub static GET_IAM_POLICY: Method = Method::post(
    "cloudresourcemanager.projects.getIamPolicy",
    "/v3/{+resource}:getIamPolicy",
)
.request_fields(&["options.requestedPolicyVersion"])
.response_fields(policy::FIELDS)
.idempotency(Idempotency::Always)
.requires(|r| on_project("resourcemanager.projects.getIamPolicy", r));

/// Reads a folder.
pub static FOLDERS_GET: Method = Method::get("cloudresourcemanager.folders.get", "/v3/{+name}")
    .response_fields(&["name", "parent"])
    .requires(|r| on_resource("resourcemanager.folders.get", r.path_value("name")));

/// Reads an organization's policy.
pub static ORGANIZATIONS_GET_IAM_POLICY: Method = Method::post(
    "cloudresourcemanager.organizations.getIamPolicy",
    "/v3/{+resource}:getIamPolicy",
)
.request_fields(&["options.requestedPolicyVersion"])
.response_fields(policy::FIELDS)
.idempotency(Idempotency::Always)
.requires(|r| {
    on_resource(
        "resourcemanager.organizations.getIamPolicy",
        r.path_value("resource"),
    )
});

/// `permission` on the folder or organization of that name.
fn on_resource(permission: &'static str, name: &str) -> Vec<RequiredPermission> {
    vec![RequiredPermission::on(
        permission,
        "cloudresourcemanager.googleapis.com",
        name,
    )]
}

/// Writes a project's policy.
pub static SET_IAM_POLICY: Method = Method::post(
    "cloudresourcemanager.projects.setIamPolicy",
    "/v3/{+resource}:setIamPolicy",
)
.request_fields(policy::SET_FIELDS)
.response_fields(policy::FIELDS)
.idempotency(Idempotency::If(policy::has_etag))
.requires(|r| on_project("resourcemanager.projects.setIamPolicy", r));

/// Tests which permissions the caller has. Requires none.
pub static TEST_IAM_PERMISSIONS: Method = Method::post(
    "cloudresourcemanager.projects.testIamPermissions",
    "/v3/{+resource}:testIamPermissions",
)
.request_fields(&["permissions"])
.response_fields(&["permissions"])
.idempotency(Idempotency::Always);

fn on_project(permission: &'static str, r: &Request) -> Vec<RequiredPermission> {
    vec![RequiredPermission::on_project(
        permission,
        r.path_value("resource"),
    )]
}

/// A project.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// `projects/{number}`.
    pub name: String,
    /// The project ID.
    pub project_id: ProjectId,
    /// `ACTIVE`, `DELETE_REQUESTED`.
    #[serde(default)]
    pub state: String,
    /// `folders/{number}` or `organizations/{number}`; empty without a parent.
    #[serde(default)]
    pub parent: String,
}

/// Reads a project.
///
/// # Errors
/// The call failed; 403 even if the project does not exist.
pub async fn get(client: &Client, project: &ProjectId) -> Result<Project, Error> {
    let request = Request::new(&GET).path("name", format!("projects/{project}"));
    client.json(&request).await
}

/// Reads the parent of `folders/{number}`: `folders/…` or `organizations/…`.
///
/// # Errors
/// The call failed; 403 even if the folder does not exist.
pub async fn get_folder_parent(client: &Client, folder: &str) -> Result<String, Error> {
    #[derive(Deserialize)]
    struct FolderResource {
        #[serde(default)]
        parent: String,
    }
    let request = Request::new(&FOLDERS_GET).path("name", folder);
    Ok(client.json::<FolderResource>(&request).await?.parent)
}

/// Returns those of `permissions` that the caller has on a project.
///
/// # Errors
/// The call failed.
pub async fn test_iam_permissions(
    client: &Client,
    project: &ProjectId,
    permissions: &[&str],
) -> Result<Vec<String>, Error> {
    #[derive(Deserialize)]
    struct TestResponse {
        #[serde(default)]
        permissions: Vec<String>,
    }
    let request = Request::new(&TEST_IAM_PERMISSIONS)
        .path("resource", format!("projects/{project}"))
        .json(&json!({"permissions": permissions}));
    Ok(client.json::<TestResponse>(&request).await?.permissions)
}

/// Reads the policy of `folders/{number}` or `organizations/{number}`,
/// conditions included.
///
/// # Errors
/// As [`policy::get`].
pub async fn get_ancestor_policy(client: &Client, name: &str) -> Result<Policy, Error> {
    let method = match name.starts_with("folders/") {
        true => &FOLDERS_GET_IAM_POLICY,
        false => &ORGANIZATIONS_GET_IAM_POLICY,
    };
    client.json(&policy::get_request(method, name)).await
}

impl policy::GetIamPolicy for ProjectId {
    fn get_iam_policy(&self) -> Request {
        policy::get_request(&GET_IAM_POLICY, format!("projects/{self}"))
    }
}

impl policy::SetIamPolicy for ProjectId {
    fn set_iam_policy(&self, policy: &Policy) -> Request {
        policy::set_request(&SET_IAM_POLICY, format!("projects/{self}"), policy)
    }
}

impl policy::GetIamPolicy for FolderName {
    fn get_iam_policy(&self) -> Request {
        policy::get_request(&FOLDERS_GET_IAM_POLICY, self)
    }
}

impl policy::SetIamPolicy for FolderName {
    fn set_iam_policy(&self, policy: &Policy) -> Request {
        policy::set_request(&FOLDERS_SET_IAM_POLICY, self, policy)
    }
}
