//! What roles and permissions there are.

use crate::{
    ApiError, ApiResponse, Call, Cloud,
    iam::{PredefinedRole, all_permissions, predefined_roles},
};
use serde_json::{Value, json};

/// Google's limit for a page of any of these lists.
const MAX_PAGE: usize = 1000;
const DEFAULT_ROLES: usize = 300;
const DEFAULT_PERMISSIONS: usize = 100;

/// A page of names and what comes with each. Its token is the last name.
fn page<T>(
    all: impl Iterator<Item = (&'static str, T)>,
    (size, token): (Option<u64>, &str),
    default: usize,
) -> (Vec<(&'static str, T)>, Option<String>) {
    let size = size.and_then(|size| usize::try_from(size).ok());
    let size = size
        .filter(|size| *size > 0)
        .unwrap_or(default)
        .min(MAX_PAGE);
    let mut items: Vec<_> = all
        .filter(|(name, _)| *name > token)
        .take(size + 1)
        .collect();
    let more = items.len() > size;
    items.truncate(size);
    let token = items
        .last()
        .filter(|_| more)
        .map(|(name, _)| (*name).to_owned());
    (items, token)
}

/// Size and token of the page that the query or body of a call asks for.
fn asked(call: &Call) -> Result<(Option<u64>, &str), ApiError> {
    let size = match call.body["pageSize"].as_u64() {
        Some(size) => Some(size),
        None => call.query_u64("pageSize")?,
    };
    let token = call.body["pageToken"].as_str();
    Ok((
        size,
        token
            .or_else(|| call.query("pageToken"))
            .unwrap_or_default(),
    ))
}

pub(super) fn role_json(name: &str, role: &PredefinedRole, full: bool) -> Value {
    let mut json = json!({ "name": name, "title": role.title, "etag": "AA==" });
    // ALPHA is enum value 0, which JSON omits.
    if role.stage != "ALPHA" {
        json["stage"] = role.stage.into();
    }
    if full {
        json["includedPermissions"] = role.permissions().collect();
    }
    json
}

fn is_full(call: &Call) -> bool {
    call.body["view"].as_str().or_else(|| call.query("view")) == Some("FULL")
}

/// Predefined roles as a response.
fn roles_page(
    call: &Call,
    roles: impl Iterator<Item = (&'static str, &'static PredefinedRole)>,
) -> Result<ApiResponse, ApiError> {
    let (roles, token) = page(roles, asked(call)?, DEFAULT_ROLES);
    let full = is_full(call);
    let roles = roles.iter().map(|(name, role)| role_json(name, role, full));
    let mut json = json!({ "roles": roles.collect::<Value>() });
    if let Some(token) = token {
        json["nextPageToken"] = token.into();
    }
    Ok(ApiResponse::Json(json))
}

/// `GET /v1/roles`: the predefined roles.
pub(super) fn roles(_: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    roles_page(call, predefined_roles())
}

/// The service of the resource that a query is about; `None` for a project, folder
/// or organisation, in which there are resources of all services.
fn service(call: &Call) -> Result<Option<&str>, ApiError> {
    let name = call.body["fullResourceName"].as_str().unwrap_or_default();
    let host = name
        .strip_prefix("//")
        .and_then(|name| name.split('/').next());
    let service = host.and_then(|host| host.strip_suffix(".googleapis.com"));
    let service = service
        .ok_or_else(|| ApiError::invalid(format!("Invalid full resource name: {name:?}.")))?;
    Ok((service != "cloudresourcemanager").then_some(service))
}

fn is_of(service: Option<&str>, permission: &str) -> bool {
    service.is_none_or(|service| permission.split('.').next() == Some(service))
}

/// `POST /v1/roles:queryGrantableRoles`: those with a permission of the resource's
/// service. Which roles Google leaves out besides is unverified.
pub(super) fn grantable_roles(_: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let service = service(call)?;
    let grantable = |role: &PredefinedRole| role.permissions().any(|p| is_of(service, p));
    roles_page(call, predefined_roles().filter(|(_, role)| grantable(role)))
}

/// `POST /v1/permissions:queryTestablePermissions`: those of the resource's service
/// that any predefined role has.
pub(super) fn testable_permissions(_: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let service = service(call)?;
    let all = all_permissions().filter(|permission| is_of(service, permission));
    let (found, token) = page(
        all.map(|name| (name, ())),
        asked(call)?,
        DEFAULT_PERMISSIONS,
    );
    let found = found
        .iter()
        .map(|(name, ())| json!({ "name": name, "stage": "GA" }));
    let mut json = json!({ "permissions": found.collect::<Value>() });
    if let Some(token) = token {
        json["nextPageToken"] = token.into();
    }
    Ok(ApiResponse::Json(json))
}
