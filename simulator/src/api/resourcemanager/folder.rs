//! Folders, in v2 and v3.

use super::hierarchy::{
    RETENTION, check_empty, check_folder, destination, is_listed, move_permissions, move_there,
    place, state,
};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    collection::{IdSource, Kind, Row, Verb},
    iam::RequiredPermission,
};
use names::Duration;
use serde_json::{Value, json};

pub(crate) static FOLDER: Kind = folder("cloudresourcemanager.v3")
    .operation("google.cloud.resourcemanager.v3", "")
    .custom(&[("move", |cloud, call, name| {
        move_folder(&FOLDER, cloud, call, name)
    })])
    .filter(|filter| filter.rename(&[("lifecycleState", "state")]).whole_values())
    .render(|_, _, row, json| json["state"] = state(row).into());

pub(crate) static FOLDER_V2: Kind = folder("cloudresourcemanager.v2")
    .operation("google.cloud.resourcemanager.v2", "")
    .custom(&[("move", |cloud, call, name| {
        move_folder(&FOLDER_V2, cloud, call, name)
    })])
    .filter(|filter| filter.rename(&[("state", "lifecycleState")]).whole_values())
    .refusal(|_| Some("The caller does not have permission".to_owned()))
    .render(|_, _, row, json| json["lifecycleState"] = state(row).into());

const fn folder(document: &'static str) -> Kind {
    Kind::new(document, "folders")
        .id(
            IdSource::Assigned(|cloud, _| cloud.resources.next_node_number().to_string()),
            "",
            |_| true,
        )
        .immutable(&["parent"])
        .unsimulated(&["tags"])
        .permissions(&[
            // On the parents, see `requires`.
            ("move", &[]),
            ("search", &[]),
            ("undelete", &["resourcemanager.folders.undelete"]),
        ])
        .requires(requires)
        .prepare(prepare)
        .listed(listed)
        .check_delete(|cloud, _, name| check_empty(cloud, name))
        .check_undelete(check_undelete)
        .soft_delete(RETENTION)
        .deleted(|_, _| ApiError::failed_precondition("Precondition check failed."))
        .follow(follow)
        .operation_of(operation)
}

fn requires(cloud: &Cloud, call: &Call, verb: Verb, name: &str) -> Vec<RequiredPermission> {
    if verb == Verb::Custom {
        return move_permissions(cloud, call, "resourcemanager.folders.move", name);
    }
    Vec::new()
}

fn prepare(
    cloud: &Cloud,
    call: &Call,
    name: &str,
    _: Option<&Row>,
    body: &mut Value,
) -> Result<(), ApiError> {
    if let Some(parent) = call.query("parent") {
        body["parent"] = parent.into();
    }
    let display_name = body["displayName"].as_str().unwrap_or_default();
    let is_end = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut letters = display_name.chars();
    let (first, last) = (letters.next(), display_name.chars().next_back());
    if !(3..=30).contains(&display_name.chars().count())
        || !is_end(first)
        || !is_end(last)
        || !letters.all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
    {
        // Google's words are unknown.
        return Err(ApiError::invalid(format!(
            "Invalid display name {display_name:?}: it must have 3 to 30 letters, digits, spaces, \
             hyphens and underscores, and begin and end with a letter or digit."
        )));
    }
    let parent = body["parent"].as_str().unwrap_or_default();
    check_folder(cloud, name, parent, display_name)
}

fn listed(cloud: &Cloud, call: &Call, name: &str, row: &Row) -> bool {
    let get = "resourcemanager.folders.get";
    is_listed(cloud, call, row, get, &FOLDER.resource(name))
}

fn check_undelete(cloud: &Cloud, _: &Call, name: &str) -> Result<(), ApiError> {
    let row = FOLDER.any_row(cloud, name).expect("it is to be restored");
    let field = |field| row.body[field].as_str().unwrap_or_default();
    check_folder(cloud, name, field("parent"), field("displayName"))
}

fn move_folder(
    kind: &'static Kind,
    cloud: &mut Cloud,
    call: &Call,
    name: &str,
) -> Result<ApiResponse, ApiError> {
    let row = kind.row(cloud, name).expect("it exists");
    let display_name = row.body["displayName"].as_str().unwrap_or_default();
    let parent = destination(call).unwrap_or_default();
    check_folder(cloud, name, parent, display_name)?;
    move_there(kind, cloud, call, name)
}

/// Who creates a folder may administer it, as documented.
fn follow(cloud: &mut Cloud, call: &Call, verb: Verb, name: &str) {
    if verb != Verb::Create {
        return;
    }
    if let (Some(row), Some((_, number))) = (FOLDER.row_mut(cloud, name), name.split_once('/')) {
        number.clone_into(&mut row.uid);
    }
    place(cloud, name);
    for role in ["folderAdmin", "folderEditor"] {
        let role = format!("roles/resourcemanager.{role}");
        let full_name = FOLDER.resource(name).full_name();
        cloud.grant(&full_name, &role, call.principal.as_str(), None);
    }
}

/// As recorded: the creation of a folder has no metadata, and its deletion is
/// done at once.
fn operation(method: &str) -> Option<(Value, Duration)> {
    const LONG: Duration = Duration::from_secs(2);
    let metadata = |message: &str| {
        let package = "type.googleapis.com/google.cloud.resourcemanager.v3";
        json!({ "@type": format!("{package}.{message}") })
    };
    Some(match method {
        "insert" => (Value::Null, LONG),
        "patch" => (metadata("UpdateFolderMetadata"), LONG),
        "move" => (metadata("MoveFolderMetadata"), LONG),
        "undelete" => (metadata("UndeleteFolderMetadata"), LONG),
        _ => (Value::Null, Duration::ZERO),
    })
}
