//! Resource Manager v1 and v3: projects and their policies, and those above.

use crate::{
    Answer, ApiError, Call, Cloud,
    iam::{Need, Node, Resource, policy_get, policy_set, policy_test},
    route::{Route, routes},
};
use serde_json::{Value, json};

pub(crate) const ROUTES: &[Route] = routes! {
    "cloudresourcemanager" "cloudresourcemanager.projects.get" GET "/v1/projects/{project}"
        |_, call| needs(call, "resourcemanager.projects.get"), |cloud, call| get(cloud, call, v1);
    "cloudresourcemanager" "cloudresourcemanager.projects.get" GET "/v3/projects/{project}"
        |_, call| needs(call, "resourcemanager.projects.get"), |cloud, call| get(cloud, call, v3);
    // Lists what the caller may get; needs nothing by itself.
    "cloudresourcemanager" "cloudresourcemanager.projects.list" GET "/v1/projects"
        |_, _| Ok(Vec::new()), list;
    "cloudresourcemanager" "cloudresourcemanager.projects.getIamPolicy" POST "/v1/projects/{project}:getIamPolicy"
        |_, call| needs(call, "resourcemanager.projects.getIamPolicy"), get_policy;
    "cloudresourcemanager" "cloudresourcemanager.projects.getIamPolicy" POST "/v3/projects/{project}:getIamPolicy"
        |_, call| needs(call, "resourcemanager.projects.getIamPolicy"), get_policy;
    "cloudresourcemanager" "cloudresourcemanager.projects.setIamPolicy" POST "/v1/projects/{project}:setIamPolicy"
        |_, call| needs(call, "resourcemanager.projects.setIamPolicy"), set_policy;
    "cloudresourcemanager" "cloudresourcemanager.projects.setIamPolicy" POST "/v3/projects/{project}:setIamPolicy"
        |_, call| needs(call, "resourcemanager.projects.setIamPolicy"), set_policy;
    "cloudresourcemanager" "cloudresourcemanager.folders.getIamPolicy" POST "/v3/folders/{folder}:getIamPolicy"
        |_, call| Ok(vec![Need::new("resourcemanager.folders.getIamPolicy", folder(call))]),
        |cloud, call| policy_get(cloud, &known_folder(cloud, call)?, call);
    "cloudresourcemanager" "cloudresourcemanager.folders.setIamPolicy" POST "/v3/folders/{folder}:setIamPolicy"
        |_, call| Ok(vec![Need::new("resourcemanager.folders.setIamPolicy", folder(call))]),
        |cloud, call| policy_set(cloud, &known_folder(cloud, call)?, call);
    "cloudresourcemanager" "cloudresourcemanager.projects.testIamPermissions" POST "/v1/projects/{project}:testIamPermissions"
        |_, _| Ok(Vec::new()), |cloud, call| policy_test(cloud, &project(call), call);
    "cloudresourcemanager" "cloudresourcemanager.projects.testIamPermissions" POST "/v3/projects/{project}:testIamPermissions"
        |_, _| Ok(Vec::new()), |cloud, call| policy_test(cloud, &project(call), call);
    "cloudresourcemanager" "cloudresourcemanager.folders.get" GET "/v3/folders/{folder}"
        |_, call| Ok(vec![Need::new("resourcemanager.folders.get", folder(call))]), get_folder;
    "cloudresourcemanager" "cloudresourcemanager.organizations.getIamPolicy" POST "/v3/organizations/{organization}:getIamPolicy"
        |_, call| Ok(vec![Need::new("resourcemanager.organizations.getIamPolicy", organization(call))]),
        |cloud, call| policy_get(cloud, &organization(call).full_name(), call);
};

fn above(kind: &'static str, collection: &str, id: &str) -> Resource {
    let name = format!("{collection}/{id}");
    Resource::new("cloudresourcemanager.googleapis.com", kind, name)
}

fn folder(call: &Call) -> Resource {
    above("Folder", "folders", call.path("folder"))
}

fn organization(call: &Call) -> Resource {
    above("Organization", "organizations", call.path("organization"))
}

fn get_folder(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let name = folder(call).name;
    let found = cloud.iam.nodes.get(&name);
    let node = found.ok_or_else(|| ApiError::not_found("The folder does not exist."))?;
    let mut shown = json!({ "name": name, "displayName": name, "state": state(node) });
    if let Some(parent) = &node.parent {
        shown["parent"] = parent.as_str().into();
    }
    Ok(Answer::Json(shown))
}

fn project(call: &Call) -> Resource {
    Resource::project(call.path("project"))
}

/// The full name of the folder that the path names, if there is one.
fn known_folder(cloud: &Cloud, call: &Call) -> Result<String, ApiError> {
    let folder = folder(call);
    match cloud.iam.nodes.contains(&folder.name) {
        true => Ok(folder.full_name()),
        // The words are unverified.
        false => Err(ApiError::not_found("The folder does not exist.")),
    }
}

fn needs(call: &Call, permission: &'static str) -> Result<Vec<Need>, ApiError> {
    Ok(vec![Need::new(permission, project(call))])
}

fn get_policy(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    policy_get(cloud, &project(call).full_name(), call)
}

fn set_policy(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
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
    let mut shown = json!({
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
        // `folders/1` is `{type: folder, id: 1}` here.
        shown["parent"] = json!({ "type": kind.trim_end_matches('s'), "id": number });
    }
    shown
}

fn v3(id: &str, node: &Node) -> Value {
    let mut shown = json!({
        "name": format!("projects/{}", node.number),
        "projectId": id,
        "displayName": id,
        "state": state(node),
    });
    if let Some(parent) = &node.parent {
        shown["parent"] = parent.as_str().into();
    }
    shown
}

fn get(cloud: &Cloud, call: &Call, shown: fn(&str, &Node) -> Value) -> Result<Answer, ApiError> {
    let found = cloud
        .iam
        .project(call.path("project"))
        .map(|(id, node)| shown(id, node));
    found
        .map(Answer::Json)
        .ok_or_else(|| ApiError::not_found("The project does not exist."))
}

/// One page, with one filter.
fn list(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let filter = call.query("filter").unwrap_or_default();
    if !matches!(
        filter,
        "" | "lifecycleState:ACTIVE" | "lifecycleState=ACTIVE"
    ) {
        return Err(ApiError::unimplemented(format!(
            "The simulator has no filter {filter:?}."
        )));
    }
    let may = |id: &str| {
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
    let seen = all.filter(|(id, node)| wanted(node) && may(id));
    let projects: Vec<Value> = seen.map(|(id, node)| v1(id, node)).collect();
    Ok(Answer::Json(if projects.is_empty() {
        json!({})
    } else {
        json!({ "projects": projects })
    }))
}
