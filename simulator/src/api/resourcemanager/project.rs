//! Projects, in v1 and v3.

use super::{
    fields::{check_display_name, check_id, check_labels},
    hierarchy::{
        RETENTION, check_parent, container, destination, is_listed, move_permissions, move_there,
        place, state,
    },
    lien::check_liens,
};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    collection::{IdSource, Kind, Row, Verb},
    iam::{RESOURCE_MANAGER, RequiredPermission, Resource},
};
use names::Duration;
use serde_json::{Value, json};

pub(crate) static PROJECT: Kind = project("cloudresourcemanager.v3")
    .operation("google.cloud.resourcemanager.v3", "")
    .immutable(&["parent", "projectId"])
    .permissions(&[("create", &[]), ("search", &[])])
    .custom(&[("move", move_project)])
    .filter(|filter| {
        let fields = [
            ("id", "projectId"),
            ("name", "displayName"),
            ("lifecycleState", "state"),
        ];
        filter.rename(&fields).whole_values()
    })
    .prepare(prepare)
    .operation_of(operation_v3)
    .render(|_, _, row, json| {
        json["name"] = format!("projects/{}", row.uid).into();
        json["state"] = state(row).into();
    });

/// The form of v1: the display name is `name`, and the parent an object.
pub(crate) static PROJECT_V1: Kind = project("cloudresourcemanager.v1")
    .operation("google.cloudresourcemanager.v1", "")
    .immutable(&["projectId"])
    // It lists the projects that the caller may get.
    .permissions(&[("create", &[]), ("list", &[])])
    .custom(&[("getAncestry", get_ancestry)])
    .filter(|filter| filter.rename(&[("id", "projectId")]).whole_values())
    .refusal(refusal_v1)
    .prepare(|cloud, call, name, old, body| {
        let parent = parent_of(body).or_else(|| parent_of(&old?.body));
        let mut stored = json!({ "projectId": id_of(name) });
        for (field, value) in [
            ("displayName", &body["name"]),
            ("labels", &body["labels"]),
            ("parent", &json!(parent)),
        ] {
            if !value.is_null() {
                stored[field] = value.clone();
            }
        }
        *body = stored;
        prepare(cloud, call, name, old, body)
    })
    .operation_of(operation_v1)
    .render(|_, _, row, json| {
        json["projectNumber"] = row.uid.as_str().into();
        json["lifecycleState"] = state(row).into();
        json["name"] = json["displayName"].take();
        if let Some(parent) = json["parent"].as_str() {
            json["parent"] = resource_id(parent);
        }
        if let Some(fields) = json.as_object_mut() {
            fields.remove("displayName");
        }
    });

const fn project(document: &'static str) -> Kind {
    Kind::new(document, "projects")
        .id(IdSource::Body("projectId"), "", |_| true)
        .unsimulated(&["tags"])
        .messages(
            |_, _| "Requested entity was not found.".to_owned(),
            |_, _| "Requested entity already exists".to_owned(),
        )
        .requires(requires)
        .listed(listed)
        .check_delete(check_liens)
        .check_undelete(check_undelete)
        .soft_delete(RETENTION)
        .deleted(deleted)
        .follow(follow)
}

fn id_of(name: &str) -> &str {
    name.trim_start_matches("projects/")
}

/// The parent in a body: `folders/1`, in v1 `{"type": "folder", "id": "1"}`.
fn parent_of(body: &Value) -> Option<String> {
    let parent = &body["parent"];
    let in_v1 = || {
        Some(format!(
            "{}s/{}",
            parent["type"].as_str()?,
            parent["id"].as_str()?
        ))
    };
    parent.as_str().map(str::to_owned).or_else(in_v1)
}

/// `folders/1` as `{"type": "folder", "id": "1"}`.
fn resource_id(name: &str) -> Value {
    let (kind, id) = name.split_once('/').unwrap_or_default();
    json!({ "type": kind.trim_end_matches('s'), "id": id })
}

/// A project is created in a parent, or moved there by an update in v1.
fn requires(cloud: &Cloud, call: &Call, verb: Verb, name: &str) -> Vec<RequiredPermission> {
    if verb == Verb::Custom && destination(call).is_some() {
        return move_permissions(cloud, call, "resourcemanager.projects.move", name);
    }
    let node = cloud.iam.nodes.get(name);
    let current = node.and_then(|node| node.parent.as_deref());
    let parent = parent_of(&call.body).filter(|parent| {
        verb == Verb::Create || verb == Verb::Update && current != Some(parent.as_str())
    });
    let create = |parent: String| {
        RequiredPermission::new("resourcemanager.projects.create", container(&parent))
    };
    parent.map(create).into_iter().collect()
}

/// Google's words in v1. That a creation is refused at once is unverified: in a
/// bug report its operation fails.
fn refusal_v1(missing: &RequiredPermission) -> Option<String> {
    let RequiredPermission {
        permission,
        resource,
    } = missing;
    Some(match *permission {
        "resourcemanager.projects.create" => {
            format!(
                "Permission '{permission}' denied on parent resource '{}'.",
                resource.name
            )
        }
        _ => "The caller does not have permission".to_owned(),
    })
}

/// Checks a body in the form of v3.
fn prepare(
    cloud: &Cloud,
    call: &Call,
    name: &str,
    old: Option<&Row>,
    body: &mut Value,
) -> Result<(), ApiError> {
    let id = id_of(name);
    let parent = parent_of(body);
    if old.is_none() {
        if call.principal.is_anonymous() {
            let create =
                RequiredPermission::new("resourcemanager.projects.create", Resource::project(id));
            return Err(create.refusal(&call.principal));
        }
        check_id(id)?;
        let full_name = format!("{RESOURCE_MANAGER}{name}");
        if cloud.resources.used_names.contains(&full_name) {
            return Err(ApiError::already_exists("Requested entity already exists"));
        }
        if PROJECT.rows(cloud, "projects/").count() >= cloud.project_quota {
            return Err(quota_exceeded());
        }
        let is_account = call.principal.as_str().starts_with("serviceAccount:");
        if parent.is_none() && is_account {
            return Err(ApiError::permission_denied(
                "Service accounts cannot create projects without a parent.",
            ));
        }
    }
    if let Some(parent) = &parent
        && old.is_none_or(|old| old.body["parent"] != **parent)
    {
        check_parent(cloud, parent)?;
    }
    if body["displayName"].is_null() {
        body["displayName"] = id.into();
    }
    check_display_name(body["displayName"].as_str().unwrap_or_default())?;
    check_labels(&body["labels"])
}

/// Google's words, from bug reports, where the operation of v1 fails with them.
/// That the request is refused at once is unverified.
fn quota_exceeded() -> ApiError {
    let message = "The project cannot be created because you have exceeded your allotted project \
                   quota.";
    let mut error = ApiError::exhausted(message);
    error.details.push(json!({
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        "violations": [{ "description": message }],
    }));
    error
}

/// Lists and searches of v1 have deleted projects too.
fn listed(cloud: &Cloud, call: &Call, name: &str, row: &Row) -> bool {
    let get = "resourcemanager.projects.get";
    is_listed(cloud, call, row, get, &PROJECT.resource(name))
}

fn check_undelete(cloud: &Cloud, _: &Call, name: &str) -> Result<(), ApiError> {
    let row = PROJECT.any_row(cloud, name).expect("it is to be restored");
    match row.body["parent"].as_str() {
        Some(parent) => check_parent(cloud, parent),
        None => Ok(()),
    }
}

/// The first is Google's, from clients that expect it; the other by analogy.
fn deleted(verb: Verb, _: &str) -> ApiError {
    if verb == Verb::Create {
        return ApiError::already_exists("Requested entity already exists");
    }
    let change = if verb == Verb::Delete {
        "delete"
    } else {
        "update"
    };
    ApiError::permission_denied(format!("Cannot {change} an inactive project."))
}

fn move_project(cloud: &mut Cloud, call: &Call, name: &str) -> Result<ApiResponse, ApiError> {
    check_parent(cloud, destination(call).unwrap_or_default())?;
    move_there(&PROJECT, cloud, call, name)
}

fn get_ancestry(cloud: &mut Cloud, _: &Call, name: &str) -> Result<ApiResponse, ApiError> {
    let lineage = cloud.iam.lineage(name.to_owned());
    let lineage: Vec<Value> = lineage
        .map(|node| json!({ "resourceId": resource_id(&node) }))
        .collect();
    Ok(ApiResponse::Json(json!({ "ancestor": lineage })))
}

/// A new project has a number, its creator as owner, no billing, and no API
/// enabled but those that every project has.
fn follow(cloud: &mut Cloud, call: &Call, verb: Verb, name: &str) {
    let full_name = format!("{RESOURCE_MANAGER}{name}");
    if verb == Verb::Create {
        let number = cloud.resources.next_node_number().to_string();
        if let Some(row) = PROJECT.row_mut(cloud, name) {
            row.uid = number;
        }
        let used = &mut cloud.resources.used_names;
        used.insert(full_name.as_str(), call.now);
    }
    if matches!(verb, Verb::Create | Verb::Update) {
        place(cloud, name);
    }
    if verb == Verb::Create {
        cloud.without_apis(id_of(name));
        cloud.grant(&full_name, "roles/owner", call.principal.as_str(), None);
    }
}

/// From a request to the end of its operation; a guess.
const LONG: Duration = Duration::from_secs(2);

fn operation_v3(method: &str) -> Option<(Value, Duration)> {
    let verb = match method {
        "insert" => "Create",
        "patch" => "Update",
        "delete" => "Delete",
        "undelete" => "Undelete",
        _ => "Move",
    };
    let package = "type.googleapis.com/google.cloud.resourcemanager.v3";
    Some((
        json!({ "@type": format!("{package}.{verb}ProjectMetadata") }),
        LONG,
    ))
}

/// As recorded when it was done; before, the operation had no metadata.
fn operation_v1(_: &str) -> Option<(Value, Duration)> {
    let metadata = json!({
        "@type": "type.googleapis.com/google.cloudresourcemanager.v1.ProjectCreationStatus",
        "gettable": true,
        "ready": true,
    });
    Some((metadata, LONG))
}
