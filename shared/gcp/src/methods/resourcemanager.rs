//! Resource Manager, v3: projects, folders and organizations.

use crate::{
    ApiPath, Client, Collection, Error, Idempotency, Method, Pages, Policy, Request, ResourceName,
    collection::collection, permission::GrantedPermissions,
};
use names::{FolderName, ProjectId};
use serde::Deserialize;
use serde_json::json;

/// Every collection of this module.
pub static COLLECTIONS: &[&Collection] = &[&PROJECTS, &FOLDERS, &ORGANIZATIONS];

/// Every other method of this module.
pub static ALL: &[&Method] = &[&PROJECTS_SEARCH, &TEST_IAM_PERMISSIONS];

const VERSION: &[&str] = &["options.requestedPolicyVersion"];

collection! {
    /// Projects. 403 even if a project does not exist.
    PROJECTS = "cloudresourcemanager.projects" ("resourcemanager.projects"),
    "projects/project-1";
    get get "/v3/{+name}" (get Resource)
        .response_fields(&["name", "projectId", "state", "parent"]);
    getIamPolicy post "/v3/{+resource}:getIamPolicy" (getIamPolicy Resource)
        .request_fields(VERSION).reads_policy();
    setIamPolicy post "/v3/{+resource}:setIamPolicy" (setIamPolicy Resource).writes_policy()
        .request_fields(&[
            "policy.version",
            "policy.etag",
            "policy.bindings.role",
            "policy.bindings.members",
            "policy.bindings.condition.title",
            "policy.bindings.condition.expression",
            "policy.auditConfigs",
            "updateMask",
        ]);
}

collection! {
    /// Folders. 403 even if a folder does not exist.
    FOLDERS = "cloudresourcemanager.folders" ("resourcemanager.folders"),
    "folders/1";
    get get "/v3/{+name}" (get Resource).response_fields(&["name", "parent"]);
    getIamPolicy post "/v3/{+resource}:getIamPolicy" (getIamPolicy Resource)
        .request_fields(VERSION).reads_policy();
    setIamPolicy post "/v3/{+resource}:setIamPolicy" (setIamPolicy Resource).writes_policy();
}

collection! {
    /// Organizations.
    ORGANIZATIONS = "cloudresourcemanager.organizations" ("resourcemanager.organizations"),
    "organizations/1";
    getIamPolicy post "/v3/{+resource}:getIamPolicy" (getIamPolicy Resource)
        .request_fields(VERSION).reads_policy();
}

impl ResourceName for ProjectId {
    type Resource = Project;
    type Listed = Project;
    const COLLECTION: &'static Collection = &PROJECTS;
}

impl ResourceName for FolderName {
    type Resource = Folder;
    type Listed = Folder;
    const COLLECTION: &'static Collection = &FOLDERS;
}

/// Searches projects, and finds those that the caller may read. Requires no
/// permission.
pub static PROJECTS_SEARCH: Method = Method::get(
    "cloudresourcemanager.projects.search",
    "/v3/projects:search",
)
.query(&["pageToken"])
.response_fields(&[
    "projects.name",
    "projects.projectId",
    "projects.state",
    "projects.parent",
    "nextPageToken",
]);

/// Tests which permissions the caller has. Requires none.
pub static TEST_IAM_PERMISSIONS: Method = Method::post(
    "cloudresourcemanager.projects.testIamPermissions",
    "/v3/{+resource}:testIamPermissions",
)
.request_fields(&["permissions"])
.response_fields(&["permissions"])
.idempotency(Idempotency::Always);

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

/// A folder.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Folder {
    /// `folders/…` or `organizations/…`.
    #[serde(default)]
    pub parent: String,
}

/// All projects that the caller may read.
///
/// # Errors
/// A call failed.
pub async fn search_projects(client: &Client) -> Result<Vec<Project>, Error> {
    let request = Request::new(&PROJECTS_SEARCH);
    Pages::new(client, request).all("projects").await
}

/// Replaces the policy of a project, and which of its calls are logged: the
/// `auditConfigs` in [`Policy::other`], which other writes leave as they are.
///
/// # Errors
/// As [`Client::set_policy`].
pub async fn set_audited_policy(
    client: &Client,
    project: &ProjectId,
    policy: &Policy,
) -> Result<Policy, Error> {
    let request = PROJECTS.set_policy(&project.path(), policy);
    let mask = "bindings,etag,auditConfigs";
    client
        .json(&request.json(&json!({ "policy": policy, "updateMask": mask })))
        .await
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
    let request = Request::on(&TEST_IAM_PERMISSIONS, &project.path())
        .json(&json!({"permissions": permissions}));
    Ok(client
        .json::<GrantedPermissions>(&request)
        .await?
        .permissions)
}

/// Reads the policy of `folders/{number}` or `organizations/{number}`,
/// conditions included.
///
/// # Errors
/// As [`Client::policy`].
pub async fn get_ancestor_policy(client: &Client, name: &str) -> Result<Policy, Error> {
    let collection = match name.starts_with("folders/") {
        true => &FOLDERS,
        false => &ORGANIZATIONS,
    };
    client.json(&collection.get_policy(name)).await
}
