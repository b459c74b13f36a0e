//! Methods that are not on a policy that is set: what applies to a project, folder
//! or organisation, and which constraints there are.

use super::{
    constraint::{CONSTRAINTS, Constraint},
    effective::{Rules, is_enforced, rules},
    policy::with_number,
};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    collection::{dialect::standard::PAGING, with_project_id},
    iam::{RequiredPermission, Resource},
};
use serde_json::{Value, json};

/// The project, folder or organisation in the path.
fn node(call: &Call) -> Resource {
    let hierarchy = |kind, name| Resource::new("cloudresourcemanager.googleapis.com", kind, name);
    match (call.path("folder"), call.path("organization")) {
        ("", "") => Resource::project(call.path("project")),
        ("", id) => hierarchy("Organization", format!("organizations/{id}")),
        (id, _) => hierarchy("Folder", format!("folders/{id}")),
    }
}

pub(super) fn required(
    call: &Call,
    permission: &'static str,
) -> Result<Vec<RequiredPermission>, ApiError> {
    Ok(vec![RequiredPermission::new(permission, node(call))])
}

pub(super) fn get_effective(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let constraint = Constraint::find(call.path("policy"))?;
    let node = with_project_id(cloud, node(call).name);
    let rules: Value = match constraint.values {
        None => json!([{ "enforce": is_enforced(cloud, &node, constraint) }]),
        Some(_) => match rules(cloud, &node, constraint) {
            Some(rules) => rules.to_json(),
            None => Rules::default().to_json(),
        },
    };
    let name = format!("{node}/policies/{}", constraint.name);
    Ok(ApiResponse::Json(json!({
        "name": with_number(cloud, &name),
        "spec": { "rules": rules },
    })))
}

/// Those that are simulated, without texts.
pub(super) fn list_constraints(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let node = with_project_id(cloud, node(call).name);
    let all = CONSTRAINTS.iter().map(|constraint| {
        let name = format!("{node}/constraints/{}", constraint.name);
        let mut json = constraint.to_json();
        json["name"] = with_number(cloud, &name).into();
        (name, json)
    });
    let page = PAGING.page(call, all)?;
    Ok(ApiResponse::Json(page.into_json("constraints")))
}
