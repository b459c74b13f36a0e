//! Custom roles of projects and organisations, and predefined roles.

use super::listing::role_json;
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    collection::{IdSource, Kind, Paging, Row, Verb, dialect::standard::PAGING},
    iam::Role,
};
use names::Duration;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const DAY: Duration = Duration::from_secs(86_400);

/// How long the ID of a deleted role cannot be reused.
const ID_RESERVED: Duration = DAY.saturating_mul(37);

pub(crate) static PROJECT_ROLE: Kind = role("projects.roles");

pub(crate) static ORGANIZATION_ROLE: Kind = role("organizations.roles");

const fn role(collection: &'static str) -> Kind {
    Kind::new("iam.v1", collection)
        .id(IdSource::Body("roleId"), "[a-zA-Z0-9_.]{3,64}", |id| {
            let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'.';
            (3..=64).contains(&id.len()) && id.bytes().all(letter)
        })
        .paging(&Paging {
            default: 300,
            ..PAGING
        })
        // The published list has `iam.roles.get` too.
        .permissions(&[("patch", &["iam.roles.update"])])
        .messages(
            |_, name| format!("The role named {name} was not found."),
            |_, name| {
                let (parent, id) = name.split_once("/roles/").unwrap_or_default();
                format!("A role named {id} in {parent} already exists.")
            },
        )
        // Its bindings are removed then.
        .soft_delete(DAY.saturating_mul(7))
        .deleted(deleted)
        .prepare(prepare)
        .follow(follow)
        .render(|_, _, row, json| {
            omit_alpha(json);
            if row.expires.is_some() {
                json["deleted"] = true.into();
            }
        })
        .render_list(|call, list| {
            let is_full = call.query("view").is_some_and(|view| view == "FULL");
            let roles = list.get_mut("roles").filter(|_| !is_full);
            for role in roles.and_then(Value::as_array_mut).into_iter().flatten() {
                remove(role, "includedPermissions");
            }
        })
}

fn remove(role: &mut Value, field: &str) {
    if let Some(fields) = role.as_object_mut() {
        fields.remove(field);
    }
}

/// ALPHA is enum value 0, which JSON omits.
fn omit_alpha(role: &mut Value) {
    if role["stage"] == "ALPHA" {
        remove(role, "stage");
    }
}

/// The message for a second delete is from bug reports, the others are by
/// analogy.
fn deleted(verb: Verb, name: &str) -> ApiError {
    if verb == Verb::Create {
        let (_, id) = name.split_once("/roles/").unwrap_or_default();
        return ApiError::failed_precondition(format!(
            "You can't create a role_id ({id}) which has been marked for deletion."
        ));
    }
    let verb = if verb == Verb::Delete {
        "delete"
    } else {
        "update"
    };
    ApiError::failed_precondition(format!(
        "You can't {verb} role_id ({name}) as it is already deleted."
    ))
}

fn prepare(
    cloud: &Cloud,
    call: &Call,
    name: &str,
    old: Option<&Row>,
    role: &mut Value,
) -> Result<(), ApiError> {
    let used = &cloud.resources.used_names;
    let used = used.get(&PROJECT_ROLE.resource(name).full_name());
    if old.is_none() && used.is_some_and(|deleted| call.now < *deleted + ID_RESERVED) {
        return Err(deleted(Verb::Create, name));
    }
    remove(role, "deleted");
    let permissions: BTreeSet<&str> = permissions(role).collect();
    if let Some(wrong) = permissions.iter().find(|p| p.split('.').count() < 3) {
        let message = format!("Permission {wrong:?} is not valid.");
        return Err(ApiError::invalid(message));
    }
    if !permissions.is_empty() {
        role["includedPermissions"] = json!(permissions);
    }
    Ok(())
}

fn permissions(role: &Value) -> impl Iterator<Item = &str> {
    let permissions = role["includedPermissions"].as_array();
    permissions.into_iter().flatten().filter_map(Value::as_str)
}

/// Tells IAM of a role, as its row says.
pub(super) fn load(cloud: &mut Cloud, name: &str) {
    let Some(row) = PROJECT_ROLE.any_row(cloud, name) else {
        return;
    };
    let is_deleted = row.expires.is_some();
    let grants = !is_deleted && row.body["stage"] != "DISABLED";
    let granted = permissions(&row.body).filter(|_| grants);
    let role = Role {
        permissions: granted.map(str::to_owned).collect(),
        is_deleted,
    };
    cloud.iam.roles.insert(name.to_owned(), role);
}

fn follow(cloud: &mut Cloud, call: &Call, verb: Verb, name: &str) {
    let full_name = PROJECT_ROLE.resource(name).full_name();
    match verb {
        Verb::Delete => {
            cloud.resources.used_names.insert(full_name, call.now);
        }
        Verb::Undelete => {
            cloud.resources.used_names.remove(&full_name);
        }
        Verb::Create
        | Verb::Get
        | Verb::List
        | Verb::Update
        | Verb::GetPolicy
        | Verb::SetPolicy
        | Verb::TestPermissions
        | Verb::Custom => {}
    }
    load(cloud, name);
}

/// A predefined role.
pub(super) fn get_predefined(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = format!("roles/{}", call.path("role"));
    let role = cloud.iam.predefined(&name);
    let role =
        role.ok_or_else(|| ApiError::not_found(format!("The role named {name} was not found.")))?;
    Ok(ApiResponse::Json(role_json(&name, role, true)))
}
