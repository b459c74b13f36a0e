//! Custom roles of a project.

use super::request::{project, text};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    iam::{Resource, Role},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

/// `projects/p/roles/r`, from the path.
pub(super) fn name(call: &Call) -> String {
    format!(
        "projects/{}/roles/{}",
        call.path("project"),
        call.path("role")
    )
}

fn etag(role: &Role) -> String {
    BASE64_STANDARD.encode(role.revision.to_be_bytes())
}

/// ALPHA is enum value 0, which JSON omits.
fn add_stage(json: &mut Value, stage: &str) {
    if !matches!(stage, "" | "ALPHA") {
        json["stage"] = stage.into();
    }
}

fn to_json(name: &str, role: &Role, full: bool) -> Value {
    let mut json = json!({ "name": name, "title": role.title, "etag": etag(role) });
    if !role.description.is_empty() {
        json["description"] = role.description.as_str().into();
    }
    add_stage(&mut json, &role.stage);
    if full && !role.permissions.is_empty() {
        json["includedPermissions"] = json!(role.permissions);
    }
    if role.deleted.is_some() {
        json["deleted"] = true.into();
    }
    json
}

/// Copies the fields of `body` that `mask` contains into `role`; an empty mask
/// stands for the fields that are present.
fn apply_fields(role: &mut Role, body: &Value, mask: &str) -> Result<(), ApiError> {
    let masked = |field: &str| mask.split(',').any(|part| part.trim() == field);
    let named = |field: &str| {
        if mask.is_empty() {
            !body[field].is_null()
        } else {
            masked(field)
        }
    };
    if named("title") {
        role.title = text(body, "title")?.to_owned();
    }
    if named("description") {
        role.description = text(body, "description")?.to_owned();
    }
    if named("stage") {
        let stage = text(body, "stage")?;
        if !matches!(
            stage,
            "ALPHA" | "BETA" | "GA" | "DEPRECATED" | "DISABLED" | "EAP"
        ) {
            return Err(ApiError::invalid(format!(
                "Invalid value at 'role.stage': {stage:?}."
            )));
        }
        role.stage = stage.to_owned();
    }
    if named("includedPermissions") || named("included_permissions") {
        let all = body["includedPermissions"].as_array().into_iter().flatten();
        role.permissions = all
            .map(|permission| {
                let valid = permission.as_str().filter(|p| p.split('.').count() >= 3);
                valid.map(str::to_owned).ok_or_else(|| {
                    ApiError::invalid(format!("Permission {permission} is not valid."))
                })
            })
            .collect::<Result<_, _>>()?;
    }
    Ok(())
}

pub(super) fn create(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let project = project(cloud, call)?;
    let id = text(&call.body, "roleId")?;
    let letters = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'.';
    if !(3..=64).contains(&id.len()) || !id.bytes().all(letters) {
        return Err(ApiError::invalid(format!(
            "The role_id {id:?} is not valid: 3 to 64 letters, digits, underscores and periods."
        )));
    }
    let name = format!("projects/{project}/roles/{id}");
    match cloud.iam.roles.get(&name) {
        Some(role) if role.deleted.is_some() => {
            return Err(ApiError::failed_precondition(format!(
                "You can't create a role_id ({id}) which has been marked for deletion."
            )));
        }
        Some(_) => {
            let message = format!("A role named {id} in projects/{project} already exists.");
            return Err(ApiError::already_exists(message));
        }
        None => {}
    }
    let mut role = Role {
        stage: "ALPHA".to_owned(),
        revision: 1,
        ..Role::default()
    };
    apply_fields(&mut role, &call.body["role"], "")?;
    let json = to_json(&name, &role, true);
    cloud.iam.roles.insert(name, role);
    Ok(ApiResponse::Json(json))
}

fn existing(cloud: &Cloud, call: &Call) -> Result<(String, Role), ApiError> {
    let name = format!(
        "projects/{}/roles/{}",
        project(cloud, call)?,
        call.path("role")
    );
    let role = cloud
        .iam
        .roles
        .get(&name)
        .filter(|role| !role.purged)
        .cloned();
    let role =
        role.ok_or_else(|| ApiError::not_found(format!("The role named {name} was not found.")))?;
    Ok((name, role))
}

pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (name, role) = existing(cloud, call)?;
    Ok(ApiResponse::Json(to_json(&name, &role, true)))
}

/// A predefined role.
pub(super) fn get_predefined(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = format!("roles/{}", call.path("role"));
    let role = cloud.iam.predefined(&name);
    let role =
        role.ok_or_else(|| ApiError::not_found(format!("The role named {name} was not found.")))?;
    let mut json = json!({
        "name": name, "title": role.title, "etag": "AA==",
        "includedPermissions": role.permissions().collect::<Vec<_>>(),
    });
    add_stage(&mut json, role.stage);
    Ok(ApiResponse::Json(json))
}

pub(super) fn organization(call: &Call) -> Resource {
    let name = format!("organizations/{}", call.path("organization"));
    Resource::new("cloudresourcemanager.googleapis.com", "Organization", name)
}

pub(super) fn get_of_organization(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let name = format!("{}/roles/{}", organization(call).name, call.path("role"));
    let found = cloud.iam.roles.get(&name).filter(|role| !role.purged);
    let missing = || ApiError::not_found(format!("The role named {name} was not found."));
    Ok(ApiResponse::Json(to_json(
        &name,
        found.ok_or_else(missing)?,
        true,
    )))
}

/// All roles on one page: Google allows a project 300 roles, and 1,000 per
/// page.
pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let prefix = format!("projects/{}/roles/", project(cloud, call)?);
    let requested = |name, value: &str| {
        call.query(name)
            .is_some_and(|v| v.eq_ignore_ascii_case(value))
    };
    let (full, deleted) = (requested("view", "FULL"), requested("showDeleted", "true"));
    let all = cloud
        .iam
        .roles
        .with_prefix(&prefix)
        .filter(|(_, role)| !role.purged && (deleted || role.deleted.is_none()));
    let roles: Vec<Value> = all.map(|(name, role)| to_json(name, role, full)).collect();
    Ok(ApiResponse::Json(if roles.is_empty() {
        json!({})
    } else {
        json!({ "roles": roles })
    }))
}

/// Changes a role, unless the caller's etag is given and outdated.
fn change(
    cloud: &mut Cloud,
    call: &Call,
    seen: &str,
    act: impl FnOnce(&str, &mut Role) -> Result<(), ApiError>,
) -> Result<ApiResponse, ApiError> {
    let (name, mut role) = existing(cloud, call)?;
    if !seen.is_empty() && seen != etag(&role) {
        return Err(ApiError::conflict(
            "There were concurrent policy changes. Please retry the whole read-modify-write \
             with exponential backoff.",
        ));
    }
    act(&name, &mut role)?;
    role.revision += 1;
    let json = to_json(&name, &role, true);
    cloud.iam.roles.insert(name, role);
    Ok(ApiResponse::Json(json))
}

/// The message for a second delete is from bug reports, the others are by
/// analogy.
fn in_state(role: &Role, name: &str, verb: &str, deleted: bool) -> Result<(), ApiError> {
    if role.deleted.is_some() == deleted {
        return Ok(());
    }
    let state = if deleted { "not" } else { "already" };
    Err(ApiError::failed_precondition(format!(
        "You can't {verb} role_id ({name}) as it is {state} deleted."
    )))
}

pub(super) fn patch(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let mask = call.query("updateMask").unwrap_or_default();
    change(cloud, call, text(&call.body, "etag")?, |name, role| {
        in_state(role, name, "update", false)?;
        apply_fields(role, &call.body, mask)
    })
}

pub(super) fn delete(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let etag = call.query("etag").unwrap_or_default();
    change(cloud, call, etag, |name, role| {
        in_state(role, name, "delete", false)?;
        role.deleted = Some(call.now);
        Ok(())
    })
}

pub(super) fn undelete(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    change(cloud, call, text(&call.body, "etag")?, |name, role| {
        in_state(role, name, "undelete", true)?;
        role.deleted = None;
        Ok(())
    })
}
