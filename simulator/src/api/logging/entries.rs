//! Lists of log entries.

use super::{audit_log::Entry, query};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    collection::with_project_id,
    iam::{RequiredPermission, Resource},
};
use serde_json::{Value, json};

/// Entries on a page if the caller names no size. Source: discovery.
const DEFAULT_PAGE: usize = 50;

/// At most; unverified.
const MAX_PAGE: usize = 1000;

/// The containers whose entries are asked for.
fn parents(cloud: &Cloud, call: &Call) -> Result<Vec<String>, ApiError> {
    let texts = |field: &str| call.body[field].as_array().into_iter().flatten();
    let names = texts("resourceNames").filter_map(Value::as_str);
    let projects = texts("projectIds").filter_map(Value::as_str);
    let names = names.map(str::to_owned);
    let parents = names.chain(projects.map(|id| format!("projects/{id}")));
    let parents: Vec<String> = parents.map(|name| with_project_id(cloud, name)).collect();
    let is_container = |name: &String| name.split('/').count() == 2;
    if parents.is_empty() || !parents.iter().all(is_container) {
        // Unverified. Views of log buckets are not simulated.
        let message = "resourceNames: projects/…, folders/…, organizations/… or billingAccounts/….";
        return Err(ApiError::invalid(message));
    }
    Ok(parents)
}

fn container(name: &str) -> Resource {
    match name.strip_prefix("projects/") {
        Some(id) => Resource::project(id),
        None => Resource::new("cloudresourcemanager.googleapis.com", "Organization", name),
    }
}

pub(super) fn required_permissions(
    cloud: &Cloud,
    call: &Call,
) -> Result<Vec<RequiredPermission>, ApiError> {
    let parents = parents(cloud, call)?.into_iter();
    let required =
        |name: String| RequiredPermission::new("logging.logEntries.list", container(&name));
    Ok(parents.map(required).collect())
}

/// Entries of the Data Access log need a permission of their own; without it they
/// are left out.
pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let parents = parents(cloud, call)?;
    let private = parents.iter().filter(|name| {
        let (permission, on) = ("logging.privateLogEntries.list", container(name));
        cloud.allows(&call.principal, permission, &on, call.now)
    });
    let private: Vec<&String> = private.collect();
    let text = |field: &str| call.body[field].as_str().unwrap_or_default();
    let filter = query::parse(text("filter"))?;
    let is_newest_first = match text("orderBy") {
        "" | "timestamp" | "timestamp asc" => false,
        "timestamp desc" => true,
        other => {
            // Unverified.
            let message = format!("Invalid order_by: {other:?}.");
            return Err(ApiError::invalid(message));
        }
    };
    let size = call.body["pageSize"].as_u64().unwrap_or(0);
    let size = usize::try_from(size).ok().filter(|size| *size > 0);
    let size = size.unwrap_or(DEFAULT_PAGE).min(MAX_PAGE);
    let after = match text("pageToken") {
        "" => None,
        token => {
            let id = token.parse::<u64>();
            let message = "page_token doesn't match arguments from the request";
            Some(id.map_err(|_| ApiError::invalid(message))?)
        }
    };
    let is_shown = |entry: &&Entry| {
        let is_parent = |name: &String| name == entry.parent();
        let is_readable = match entry.is_data_access {
            true => private.iter().any(|name| is_parent(name)),
            false => parents.iter().any(is_parent),
        };
        let is_next = after.is_none_or(|after| match is_newest_first {
            true => entry.id < after,
            false => entry.id > after,
        });
        is_next && is_readable
    };
    let entries: &mut dyn Iterator<Item = &Entry> = match is_newest_first {
        true => &mut cloud.audit_log.entries().rev(),
        false => &mut cloud.audit_log.entries(),
    };
    let found = entries
        .filter(is_shown)
        .map(|entry| (entry.id, entry.to_json()));
    let found = found.filter(|(_, json)| query::matches(&filter, json));
    let mut page: Vec<(u64, Value)> = found.take(size + 1).collect();
    let is_more = page.len() > size;
    page.truncate(size);
    let last = page.last().map(|(id, _)| id.to_string());
    let entries: Vec<Value> = page.into_iter().map(|(_, json)| json).collect();
    let mut json = json!({});
    if !entries.is_empty() {
        json["entries"] = entries.into();
    }
    if let Some(token) = last.filter(|_| is_more) {
        json["nextPageToken"] = token.into();
    }
    Ok(ApiResponse::Json(json))
}
