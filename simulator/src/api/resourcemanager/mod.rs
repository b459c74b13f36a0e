//! Resource Manager v1 and v3: projects, folders, organizations, and their
//! policies.

use crate::{
    ApiError, ApiResponse, Call, Cloud,
    iam::{Node, RequiredPermission, Resource, policy_get, policy_set, policy_test},
    route::{Route, routes},
};
use serde_json::{Value, json};

pub(crate) const ROUTES: &[Route] = routes! {
    "cloudresourcemanager" "cloudresourcemanager.projects.get" GET "/v1/projects/{project}"
        |_, call| required_permissions(call, "resourcemanager.projects.get"), |cloud, call| get(cloud, call, v1);
    "cloudresourcemanager" "cloudresourcemanager.projects.get" GET "/v3/projects/{project}"
        |_, call| required_permissions(call, "resourcemanager.projects.get"), |cloud, call| get(cloud, call, v3);
    // Lists the projects that the caller may get, and requires no permission
    // itself.
    "cloudresourcemanager" "cloudresourcemanager.projects.list" GET "/v1/projects"
        |_, _| Ok(Vec::new()), list;
    "cloudresourcemanager" "cloudresourcemanager.projects.getIamPolicy" POST "/v1/projects/{project}:getIamPolicy"
        |_, call| required_permissions(call, "resourcemanager.projects.getIamPolicy"), get_policy;
    "cloudresourcemanager" "cloudresourcemanager.projects.getIamPolicy" POST "/v3/projects/{project}:getIamPolicy"
        |_, call| required_permissions(call, "resourcemanager.projects.getIamPolicy"), get_policy;
    "cloudresourcemanager" "cloudresourcemanager.projects.setIamPolicy" POST "/v1/projects/{project}:setIamPolicy"
        |_, call| required_permissions(call, "resourcemanager.projects.setIamPolicy"), set_policy;
    "cloudresourcemanager" "cloudresourcemanager.projects.setIamPolicy" POST "/v3/projects/{project}:setIamPolicy"
        |_, call| required_permissions(call, "resourcemanager.projects.setIamPolicy"), set_policy;
    "cloudresourcemanager" "cloudresourcemanager.folders.getIamPolicy" POST "/v3/folders/{folder}:getIamPolicy"
        |_, call| Ok(vec![RequiredPermission::new("resourcemanager.folders.getIamPolicy", folder(call))]),
        |cloud, call| policy_get(cloud, &existing_folder(cloud, call)?, call);
    "cloudresourcemanager" "cloudresourcemanager.folders.setIamPolicy" POST "/v3/folders/{folder}:setIamPolicy"
        |_, call| Ok(vec![RequiredPermission::new("resourcemanager.folders.setIamPolicy", folder(call))]),
        |cloud, call| policy_set(cloud, &existing_folder(cloud, call)?, call);
    "cloudresourcemanager" "cloudresourcemanager.projects.testIamPermissions" POST "/v1/projects/{project}:testIamPermissions"
        |_, _| Ok(Vec::new()), |cloud, call| policy_test(cloud, &project(call), call);
    "cloudresourcemanager" "cloudresourcemanager.projects.testIamPermissions" POST "/v3/projects/{project}:testIamPermissions"
        |_, _| Ok(Vec::new()), |cloud, call| policy_test(cloud, &project(call), call);
    "cloudresourcemanager" "cloudresourcemanager.folders.get" GET "/v3/folders/{folder}"
        |_, call| Ok(vec![RequiredPermission::new("resourcemanager.folders.get", folder(call))]), get_folder;
    "cloudresourcemanager" "cloudresourcemanager.organizations.getIamPolicy" POST "/v3/organizations/{organization}:getIamPolicy"
        |_, call| Ok(vec![RequiredPermission::new("resourcemanager.organizations.getIamPolicy", organization(call))]),
        |cloud, call| policy_get(cloud, &organization(call).full_name(), call);
};

fn hierarchy_resource(kind: &'static str, collection: &str, id: &str) -> Resource {
    let name = format!("{collection}/{id}");
    Resource::new("cloudresourcemanager.googleapis.com", kind, name)
}

fn folder(call: &Call) -> Resource {
    hierarchy_resource("Folder", "folders", call.path("folder"))
}

fn organization(call: &Call) -> Resource {
    hierarchy_resource("Organization", "organizations", call.path("organization"))
}

fn get_folder(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = folder(call).name;
    let found = cloud.iam.nodes.get(&name);
    let node = found.ok_or_else(|| ApiError::not_found("The folder does not exist."))?;
    let mut json = json!({ "name": name, "displayName": name, "state": state(node) });
    if let Some(parent) = &node.parent {
        json["parent"] = parent.as_str().into();
    }
    Ok(ApiResponse::Json(json))
}

fn project(call: &Call) -> Resource {
    Resource::project(call.path("project"))
}

/// The full name of the folder in the path; 404 if it does not exist.
fn existing_folder(cloud: &Cloud, call: &Call) -> Result<String, ApiError> {
    let folder = folder(call);
    match cloud.iam.nodes.contains(&folder.name) {
        true => Ok(folder.full_name()),
        // The message is unverified.
        false => Err(ApiError::not_found("The folder does not exist.")),
    }
}

fn required_permissions(
    call: &Call,
    permission: &'static str,
) -> Result<Vec<RequiredPermission>, ApiError> {
    Ok(vec![RequiredPermission::new(permission, project(call))])
}

fn get_policy(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    policy_get(cloud, &project(call).full_name(), call)
}

fn set_policy(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    policy_set(cloud, &project(call).full_name(), call)
}

fn state(node: &Node) -> &'static str {
    if node.deleted {
        "DELETE_REQUESTED"
    } else {
        "ACTIVE"
    }
}

fn v1(id: &str, node: &Node) -> Value {
    let mut json = json!({
        "projectId": id,
        "projectNumber": node.number.to_string(),
        "name": id,
        "lifecycleState": state(node),
    });
    if let Some((kind, number)) = node
        .parent
        .as_ref()
        .and_then(|parent| parent.split_once('/'))
    {
        // `folders/1` is `{type: folder, id: 1}` in v1.
        json["parent"] = json!({ "type": kind.trim_end_matches('s'), "id": number });
    }
    json
}

fn v3(id: &str, node: &Node) -> Value {
    let mut json = json!({
        "name": format!("projects/{}", node.number),
        "projectId": id,
        "displayName": id,
        "state": state(node),
    });
    if let Some(parent) = &node.parent {
        json["parent"] = parent.as_str().into();
    }
    json
}

fn get(
    cloud: &Cloud,
    call: &Call,
    render: fn(&str, &Node) -> Value,
) -> Result<ApiResponse, ApiError> {
    let found = cloud
        .iam
        .project(call.path("project"))
        .map(|(id, node)| render(id, node));
    found
        .map(ApiResponse::Json)
        .ok_or_else(|| ApiError::not_found("The project does not exist."))
}

/// All projects on one page; one filter is supported.
fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let filter = call.query("filter").unwrap_or_default();
    if !matches!(
        filter,
        "" | "lifecycleState:ACTIVE" | "lifecycleState=ACTIVE"
    ) {
        return Err(ApiError::unimplemented(format!(
            "The simulator has no filter {filter:?}."
        )));
    }
    let can_get = |id: &str| {
        let project = Resource::project(id);
        cloud.allows(
            &call.principal,
            "resourcemanager.projects.get",
            &project,
            call.now,
        )
    };
    let wanted = |node: &Node| filter.is_empty() || !node.deleted;
    let all = cloud.iam.projects();
    let seen = all.filter(|(id, node)| wanted(node) && can_get(id));
    let projects: Vec<Value> = seen.map(|(id, node)| v1(id, node)).collect();
    Ok(ApiResponse::Json(if projects.is_empty() {
        json!({})
    } else {
        json!({ "projects": projects })
    }))
}
