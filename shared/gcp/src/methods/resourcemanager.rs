//! Resource Manager, v3.

use crate::{Client, Error, Idempotency, Method, Policy, Request, RequiredPermission, policy};
use names::{FolderName, ProjectId};
use serde::Deserialize;
use serde_json::json;

/// Every method of this file.
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
.sends(&["options.requestedPolicyVersion"])
.reads(policy::FIELDS)
.idempotency(Idempotency::Always)
.requires(|r| {
    above(
        "resourcemanager.folders.getIamPolicy",
        r.path_value("resource"),
    )
});

/// Writes a folder's policy.
pub static FOLDERS_SET_IAM_POLICY: Method = Method::post(
    "cloudresourcemanager.folders.setIamPolicy",
    "/v3/{+resource}:setIamPolicy",
)
.sends(policy::SENT)
.reads(policy::FIELDS)
.idempotency(Idempotency::If(policy::is_fenced))
.requires(|r| {
    above(
        "resourcemanager.folders.setIamPolicy",
        r.path_value("resource"),
    )
});

/// Reads a project.
pub static GET: Method = Method::get("cloudresourcemanager.projects.get", "/v3/{+name}")
    .reads(&["name", "projectId", "state", "parent"])
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
.sends(&["options.requestedPolicyVersion"])
.reads(policy::FIELDS)
.idempotency(Idempotency::Always)
.requires(|r| on_project("resourcemanager.projects.getIamPolicy", r));

/// Reads a folder.
pub static FOLDERS_GET: Method = Method::get("cloudresourcemanager.folders.get", "/v3/{+name}")
    .reads(&["name", "parent"])
    .requires(|r| above("resourcemanager.folders.get", r.path_value("name")));

/// Reads an organisation's policy.
pub static ORGANIZATIONS_GET_IAM_POLICY: Method = Method::post(
    "cloudresourcemanager.organizations.getIamPolicy",
    "/v3/{+resource}:getIamPolicy",
)
.sends(&["options.requestedPolicyVersion"])
.reads(policy::FIELDS)
.idempotency(Idempotency::Always)
.requires(|r| {
    above(
        "resourcemanager.organizations.getIamPolicy",
        r.path_value("resource"),
    )
});

/// On a folder or an organisation.
fn above(permission: &'static str, name: &str) -> Vec<RequiredPermission> {
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
.sends(policy::SENT)
.reads(policy::FIELDS)
.idempotency(Idempotency::If(policy::is_fenced))
.requires(|r| on_project("resourcemanager.projects.setIamPolicy", r));

/// Asks which permissions the caller has. Needs none.
pub static TEST_IAM_PERMISSIONS: Method = Method::post(
    "cloudresourcemanager.projects.testIamPermissions",
    "/v3/{+resource}:testIamPermissions",
)
.sends(&["permissions"])
.reads(&["permissions"])
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
    /// Its id.
    pub project_id: ProjectId,
    /// `ACTIVE`, `DELETE_REQUESTED`.
    #[serde(default)]
    pub state: String,
    /// `folders/{number}` or `organizations/{number}`; empty without one.
    #[serde(default)]
    pub parent: String,
}

/// Reads a project.
///
/// # Errors
/// The call failed; 403 also where there is no such project.
pub async fn get(client: &Client, project: &ProjectId) -> Result<Project, Error> {
    let request = Request::new(&GET).path("name", format!("projects/{project}"));
    client.json(&request).await
}

/// What `folders/{number}` lies in: `folders/…` or `organizations/…`.
///
/// # Errors
/// The call failed.
pub async fn get_folder_parent(client: &Client, folder: &str) -> Result<String, Error> {
    #[derive(Deserialize)]
    struct Folder {
        #[serde(default)]
        parent: String,
    }
    let request = Request::new(&FOLDERS_GET).path("name", folder);
    Ok(client.json::<Folder>(&request).await?.parent)
}

/// Reads the policy of `folders/{number}` or `organizations/{number}`,
/// conditions included.
///
/// # Errors
/// The call failed.
pub async fn get_policy_above(client: &Client, name: &str) -> Result<Policy, Error> {
    let method = match name.starts_with("folders/") {
        true => &FOLDERS_GET_IAM_POLICY,
        false => &ORGANIZATIONS_GET_IAM_POLICY,
    };
    let request = Request::new(method)
        .path("resource", name)
        .json(&json!({"options": {"requestedPolicyVersion": policy::VERSION}}));
    client.json(&request).await
}

/// Reads a project's policy, conditions included.
///
/// # Errors
/// The call failed.
pub async fn get_iam_policy(client: &Client, project: &ProjectId) -> Result<Policy, Error> {
    let request = Request::new(&GET_IAM_POLICY)
        .path("resource", format!("projects/{project}"))
        .json(&json!({"options": {"requestedPolicyVersion": policy::VERSION}}));
    client.json(&request).await
}

/// Writes a project's policy as version 3.
///
/// # Errors
/// The call failed; a conflict (409, 412) if somebody else wrote since it was
/// read.
pub async fn set_iam_policy(
    client: &Client,
    project: &ProjectId,
    policy: &Policy,
) -> Result<Policy, Error> {
    let request = Request::new(&SET_IAM_POLICY)
        .path("resource", format!("projects/{project}"))
        .json(&policy::sent(policy));
    client.json(&request).await
}

/// Reads a folder's policy, conditions included.
///
/// # Errors
/// The call failed; 403 also where there is no such folder.
pub async fn get_folder_policy(client: &Client, folder: &FolderName) -> Result<Policy, Error> {
    get_policy_above(client, &folder.to_string()).await
}

/// Writes a folder's policy as version 3.
///
/// # Errors
/// The call failed; a conflict (409, 412) if somebody else wrote since it was
/// read.
pub async fn set_folder_policy(
    client: &Client,
    folder: &FolderName,
    policy: &Policy,
) -> Result<Policy, Error> {
    let request = Request::new(&FOLDERS_SET_IAM_POLICY)
        .path("resource", folder)
        .json(&policy::sent(policy));
    client.json(&request).await
}

/// Those of `permissions` that the caller has on a project.
///
/// # Errors
/// The call failed.
pub async fn test_iam_permissions(
    client: &Client,
    project: &ProjectId,
    permissions: &[&str],
) -> Result<Vec<String>, Error> {
    #[derive(Deserialize)]
    struct Granted {
        #[serde(default)]
        permissions: Vec<String>,
    }
    let request = Request::new(&TEST_IAM_PERMISSIONS)
        .path("resource", format!("projects/{project}"))
        .json(&json!({"permissions": permissions}));
    Ok(client.json::<Granted>(&request).await?.permissions)
}
