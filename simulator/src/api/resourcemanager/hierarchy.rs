//! Where projects and folders are: parents, and the limits of the hierarchy.

use crate::{
    ApiError, ApiResponse, Call, Cloud,
    collection::{Kind, Row, changed, shows_deleted},
    iam::{Node, RESOURCE_MANAGER, RequiredPermission, Resource},
};
use names::Duration;

/// How long a deleted project or folder can be restored.
pub(super) const RETENTION: Duration = Duration::from_secs(30 * 86_400);

/// Levels of folders below an organisation.
const MAX_DEPTH: usize = 10;
/// Folders in a folder or organisation.
const MAX_FOLDERS: usize = 300;

/// A folder or organisation, as IAM knows it.
pub(super) fn container(name: &str) -> Resource {
    let kind = match name.split_once('/') {
        Some(("folders", _)) => "Folder",
        _ => "Organization",
    };
    Resource::new("cloudresourcemanager.googleapis.com", kind, name)
}

pub(super) fn state(row: &Row) -> &'static str {
    match row.expires {
        Some(_) => "DELETE_REQUESTED",
        None => "ACTIVE",
    }
}

/// Writes into IAM where a project or folder is, as its row says. Nothing else
/// writes its node.
pub(super) fn place(cloud: &mut Cloud, name: &str) {
    let Some(row) = row(cloud, name) else {
        return;
    };
    let known = cloud.iam.nodes.get(name);
    let node = Node {
        number: row.uid.parse().unwrap_or(0),
        parent: row.body["parent"].as_str().map(str::to_owned),
        billing_account: known.and_then(|node| node.billing_account.clone()),
        customer: None,
    };
    cloud.iam.nodes.insert(name, node);
}

pub(super) fn row<'a>(cloud: &'a Cloud, name: &str) -> Option<&'a Row> {
    let full_name = format!("{RESOURCE_MANAGER}{name}");
    cloud.resources.rows.get(&full_name)
}

/// Whether a list shows a resource. A list of one place has what is in it; one of
/// all places, or a search, has what the caller may `get`.
pub(super) fn is_listed(
    cloud: &Cloud,
    call: &Call,
    row: &Row,
    get: &str,
    resource: &Resource,
) -> bool {
    match call.query("parent") {
        Some(parent) => {
            row.body["parent"] == parent && (row.expires.is_none() || shows_deleted(call))
        }
        None => cloud.finds(&call.principal, get, resource, call.now),
    }
}

/// A move requires `permission` on the current parent and on the new one.
pub(super) fn move_permissions(
    cloud: &Cloud,
    call: &Call,
    permission: &'static str,
    name: &str,
) -> Vec<RequiredPermission> {
    let node = cloud.iam.nodes.get(name);
    let current = node.and_then(|node| node.parent.as_deref());
    let parents = current.into_iter().chain(destination(call));
    parents
        .map(|parent| RequiredPermission::new(permission, container(parent)))
        .collect()
}

/// The new parent in a request to move something.
pub(super) fn destination(call: &Call) -> Option<&str> {
    call.body["destinationParent"].as_str()
}

/// Moves a project or folder to the parent in the request, which was checked.
pub(super) fn move_there(
    kind: &'static Kind,
    cloud: &mut Cloud,
    call: &Call,
    name: &str,
) -> Result<ApiResponse, ApiError> {
    if let Some(row) = kind.row_mut(cloud, name) {
        row.body["parent"] = destination(call).into();
        row.touch(call.now);
    }
    place(cloud, name);
    changed(kind, "move", cloud, call, name)
}

/// A parent must be a folder that is not deleted, or an organisation.
pub(super) fn check_parent(cloud: &Cloud, parent: &str) -> Result<(), ApiError> {
    let known = cloud.iam.nodes.contains(parent);
    match parent.split_once('/') {
        Some(("organizations", _)) if known => Ok(()),
        Some(("folders", _)) if known => match row(cloud, parent) {
            Some(row) if row.expires.is_some() => Err(violation(
                "PARENT_DELETED_VIOLATION",
                parent,
                &reserved(parent, "The destination resource has been deleted."),
            )),
            Some(_) | None => Ok(()),
        },
        // Unverified.
        _ => Err(ApiError::invalid(format!("Invalid parent: {parent:?}."))),
    }
}

/// Checks that a folder may be where it is to be: in an active parent, without a
/// sibling of the same name, not too deep, not among too many.
///
/// Google finds some of this out later, and fails the operation with the same
/// words.
pub(super) fn check_folder(
    cloud: &Cloud,
    name: &str,
    parent: &str,
    display_name: &str,
) -> Result<(), ApiError> {
    check_parent(cloud, parent)?;
    if cloud
        .iam
        .lineage(parent.to_owned())
        .any(|node| node == name)
    {
        let why = "The attempted action would introduce cycle in resource path.";
        let message = reserved(parent, why);
        return Err(violation("CYCLE_INTRODUCED_VIOLATION", parent, &message));
    }
    let siblings = || children(cloud, "folders/", parent).filter(|(other, _)| *other != name);
    if siblings().any(|(_, row)| row.body["displayName"] == display_name) {
        return Err(violation(
            "FOLDER_NAME_UNIQUENESS_VIOLATION",
            parent,
            "The folder operation violates display name uniqueness within the parent.",
        ));
    }
    if siblings().count() >= MAX_FOLDERS {
        let why = "The attempted action would violate the max child folders constraint.";
        let message = reserved(parent, why);
        return Err(violation("MAX_CHILD_FOLDERS_VIOLATION", parent, &message));
    }
    let above = cloud.iam.lineage(parent.to_owned());
    let above = above.filter(|node| node.starts_with("folders/")).count();
    if above + height(cloud, name) > MAX_DEPTH {
        let why = "The attempted action would violate the max folder depth constraint.";
        let message = reserved(parent, why);
        return Err(violation(
            "ACTIVE_FOLDER_HEIGHT_VIOLATION",
            parent,
            &message,
        ));
    }
    Ok(())
}

/// A folder can be deleted if no active project or folder is in it.
pub(super) fn check_empty(cloud: &Cloud, name: &str) -> Result<(), ApiError> {
    let mut inside = ["folders/", "projects/"]
        .into_iter()
        .flat_map(|kind| children(cloud, kind, name));
    if inside.next().is_none() {
        return Ok(());
    }
    Err(violation(
        "FOLDER_TO_DELETE_NON_EMPTY_VIOLATION",
        name,
        "Folder cannot be deleted as it contains active resources.",
    ))
}

/// The active projects or folders (`folders/`) in a folder or organisation.
fn children<'a>(
    cloud: &'a Cloud,
    kind: &str,
    parent: &'a str,
) -> impl Iterator<Item = (&'a str, &'a Row)> + use<'a> {
    let rows = &cloud.resources.rows;
    let all = rows.with_prefix(format!("{RESOURCE_MANAGER}{kind}"));
    all.filter(move |(_, row)| row.expires.is_none() && row.body["parent"] == parent)
        .map(|(key, row)| (&key[RESOURCE_MANAGER.len()..], row))
}

/// Levels of folders from this one down.
fn height(cloud: &Cloud, name: &str) -> usize {
    let inside = children(cloud, "folders/", name).map(|(child, _)| height(cloud, child));
    1 + inside.max().unwrap_or(0)
}

/// The form of Google's message, from a bug report about a deleted parent; for
/// other reasons by analogy, with the words of discovery.
fn reserved(parent: &str, why: &str) -> String {
    format!("Folder reservation failed for parent [{parent}], folder [] due to constraint: {why}")
}

fn violation(kind: &str, subject: &str, message: &str) -> ApiError {
    ApiError::failed_precondition(message).violating(kind, subject, message)
}
