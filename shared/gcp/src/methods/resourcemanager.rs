//! Resource Manager, v3: projects, folders, organizations and liens.

use crate::{
    ApiPath, Client, Collection, Error, Idempotency, Method, NewId, On, OperationMethods, Pages,
    Policy, Request, ResourceName, ResponseKind::Operation, collection::collection,
    methods::operation_fields::OPERATION, permission::GrantedPermissions,
};
use names::{FolderName, ParentName, ProjectId};
use serde::Deserialize;
use serde_json::json;

/// Every collection of this module.
pub static COLLECTIONS: &[&Collection] = &[&PROJECTS, &FOLDERS, &ORGANIZATIONS, &LIENS];

/// Every other method of this module.
pub static ALL: &[&Method] = &[
    &PROJECTS_SEARCH,
    &PROJECTS_UNDELETE,
    &FOLDERS_UNDELETE,
    &TEST_IAM_PERMISSIONS,
    &TEST_FOLDER_PERMISSIONS,
    &OPERATIONS.get,
];

const VERSION: &[&str] = &["options.requestedPolicyVersion"];

const GET_OPERATION: Method = Method::get("cloudresourcemanager.operations.get", "/v3/{+name}")
    .operation(Operation, OPERATION);

/// Operations. Who began one may read it.
pub static OPERATIONS: OperationMethods = OperationMethods {
    get: GET_OPERATION,
    wait: GET_OPERATION,
};

collection! {
    /// Projects. 403 even if a project does not exist.
    PROJECTS = "cloudresourcemanager.projects" ("resourcemanager.projects"),
    "projects/project-1",
    id: NewId::Field("projectId"), operations: Some(&OPERATIONS);
    create post "/v3/projects" (create Parent)
        .request_fields(&["projectId", "parent", "displayName", "labels"])
        .operation(Operation, OPERATION);
    get get "/v3/{+name}" (get Resource)
        .response_fields(&["name", "projectId", "state", "parent", "displayName", "labels"]);
    patch patch "/v3/{+name}" (update Resource)
        .query(&["updateMask"]).request_fields(&["displayName", "labels"])
        .operation(Operation, OPERATION)
        .idempotency(Idempotency::Always);
    delete delete "/v3/{+name}" (delete Resource).operation(Operation, OPERATION);
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
    "folders/1", items: "folders", id: NewId::Assigned, operations: Some(&OPERATIONS);
    create post "/v3/folders" (create Parent)
        .request_fields(&["parent", "displayName"])
        .operation(Operation, OPERATION);
    get get "/v3/{+name}" (get Resource).response_fields(&["name", "parent", "displayName"]);
    list get "/v3/folders" (list Parent)
        .query(&["parent", "showDeleted", "pageToken"])
        .response_fields(&[
            "folders.name",
            "folders.displayName",
            "folders.state",
            "folders.deleteTime",
            "nextPageToken",
        ]);
    delete delete "/v3/{+name}" (delete Resource).operation(Operation, OPERATION);
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

collection! {
    /// Liens: what forbids that a project is deleted.
    LIENS = "cloudresourcemanager.liens" ("resourcemanager.projects"),
    "liens/1", items: "liens", id: NewId::Assigned;
    create post "/v3/liens" (updateLiens Parent)
        .request_fields(&["parent", "restrictions", "origin", "reason"]);
    list get "/v3/liens" (get Parent)
        .query(&["parent", "pageToken"])
        .response_fields(&[
            "liens.name",
            "liens.origin",
            "liens.reason",
            "liens.restrictions",
            "nextPageToken",
        ]);
    // Its name does not say which project it belongs to.
    delete delete "/v3/{+name}" ();
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

/// Restores a project that was deleted in the last 30 days.
pub static PROJECTS_UNDELETE: Method = Method::post(
    "cloudresourcemanager.projects.undelete",
    "/v3/{+name}:undelete",
)
.operation(Operation, OPERATION)
.needs(&[("resourcemanager.projects.undelete", On::Resource)]);

/// Restores a folder that was deleted in the last 30 days.
pub static FOLDERS_UNDELETE: Method = Method::post(
    "cloudresourcemanager.folders.undelete",
    "/v3/{+name}:undelete",
)
.operation(Operation, OPERATION)
.needs(&[("resourcemanager.folders.undelete", On::Resource)]);

/// Tests which permissions the caller has on a folder. Requires none.
pub static TEST_FOLDER_PERMISSIONS: Method = Method::post(
    "cloudresourcemanager.folders.testIamPermissions",
    "/v3/{+resource}:testIamPermissions",
)
.request_fields(&["permissions"])
.response_fields(&["permissions"])
.idempotency(Idempotency::Always);

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
#[serde(rename_all = "camelCase")]
pub struct Folder {
    /// `folders/{number}`.
    pub name: String,
    /// `folders/…` or `organizations/…`.
    #[serde(default)]
    pub parent: String,
    /// Unique among the active folders of its parent.
    #[serde(default)]
    pub display_name: String,
    /// `ACTIVE`, `DELETE_REQUESTED`.
    #[serde(default)]
    pub state: String,
    /// When its deletion was requested.
    #[serde(default)]
    pub delete_time: String,
}

impl Folder {
    /// Whether it is deleted, and can be restored.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.state == "DELETE_REQUESTED"
    }
}

/// The folder of this display name in `parent`: the active one, or else the one
/// that was deleted last, in the last 30 days. Google's list is consistent with what
/// was created before (discovery, `folders.list`).
///
/// # Errors
/// The call failed; 403 even if the parent does not exist.
pub async fn find_folder(
    client: &Client,
    parent: &str,
    display_name: &str,
) -> Result<Option<Folder>, Error> {
    let list = FOLDERS.list(parent).query("showDeleted", true);
    let folders: Vec<Folder> = Pages::new(client, list).all(FOLDERS.items).await?;
    let all = folders.into_iter();
    let named = all.filter(|folder| folder.display_name == display_name);
    Ok(named.max_by_key(|folder| (!folder.is_deleted(), folder.delete_time.clone())))
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

/// Returns those of `permissions` that the caller has on a folder or, where
/// `parent` is one, an organization.
///
/// # Errors
/// The call failed.
pub async fn test_folder_permissions(
    client: &Client,
    parent: &ParentName,
    permissions: &[&str],
) -> Result<Vec<String>, Error> {
    let request = Request::on(&TEST_FOLDER_PERMISSIONS, parent.as_str())
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
