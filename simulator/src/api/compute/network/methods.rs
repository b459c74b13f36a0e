//! Methods that networks, subnetworks and firewall rules have in common.

use super::{
    collection::{Collection, find},
    record::NetworkResource,
};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    api::compute::{
        error::{check_fields, invalid_value},
        filter::Page,
        operations,
        reference::{absolute_url, fingerprint, is_name},
    },
};

pub(in crate::api::compute) fn insert(
    collection: &Collection,
    cloud: &mut Cloud,
    call: &Call,
) -> Result<ApiResponse, ApiError> {
    let path = collection.path(call);
    if let Some(answer) = operations::find_by_request_id(cloud, call, "insert", &path)? {
        return Ok(answer);
    }
    check_fields(&call.body, "resource", collection.fields)?;
    let name = call.body["name"].as_str().unwrap_or_default();
    if !is_name(name) {
        let reason = "Must be a match of regex '(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'";
        return Err(invalid_value("name", name, reason));
    }
    if cloud.compute.networks.contains(&path) {
        let message = format!("The resource '{path}' already exists");
        return Err(ApiError::already_exists(message));
    }
    let mut resource = call.body.clone();
    (collection.fill_defaults)(cloud, call, &mut resource)?;
    let item = NetworkResource {
        id: cloud.compute.next_id(),
        created: call.now,
        ready: call.now + cloud.compute.settings.other_operation,
        resource,
    };
    let id = item.id.clone();
    cloud.compute.networks.insert(path.as_str(), item);
    Ok(operations::begin_timed(cloud, call, "insert", &path, &id))
}

pub(in crate::api::compute) fn get(
    collection: &Collection,
    cloud: &Cloud,
    call: &Call,
) -> Result<ApiResponse, ApiError> {
    let path = collection.path(call);
    let item = find(cloud, &path)?;
    Ok(ApiResponse::Json(collection.json(
        cloud,
        &path,
        item,
        &call.origin,
    )))
}

pub(in crate::api::compute) fn list(
    collection: &Collection,
    cloud: &Cloud,
    call: &Call,
) -> Result<ApiResponse, ApiError> {
    let scope = collection.scope(call);
    let prefix = format!("{scope}/");
    let all = cloud.compute.networks.with_prefix(&prefix);
    let page = Page::for_call(
        call,
        all.map(|(path, item)| {
            (
                path.clone(),
                collection.json(cloud, path, item, &call.origin),
            )
        }),
    )?;
    let list = format!("compute#{}List", collection.singular());
    let selves = absolute_url(&call.origin, &scope);
    Ok(ApiResponse::Json(page.json(&list, &selves, &scope)))
}

/// Replaces the fields in the body. To change a subnetwork, its fingerprint is
/// required.
pub(in crate::api::compute) fn patch(
    collection: &Collection,
    cloud: &mut Cloud,
    call: &Call,
) -> Result<ApiResponse, ApiError> {
    let path = collection.path(call);
    if let Some(answer) = operations::find_by_request_id(cloud, call, "patch", &path)? {
        return Ok(answer);
    }
    let item = find(cloud, &path)?;
    let fields = call.body.as_object();
    let fields = fields.ok_or_else(|| invalid_value("", "", "Must be an object."))?;
    let mut resource = item.resource.clone();
    if collection.name == "Subnetwork" {
        match call.body["fingerprint"].as_str() {
            None => return Err(invalid_value("fingerprint", "", "It is required.")),
            Some(seen) if seen != fingerprint(&resource) => {
                return Err(ApiError::precondition("Invalid fingerprint."));
            }
            Some(_) => {}
        }
    }
    for (field, value) in fields {
        let same = resource[field] == *value;
        let given = matches!(field.as_str(), "fingerprint" | "name" | "network") || same;
        if collection.patchable.contains(&field.as_str()) {
            resource[field] = value.clone();
        } else if !given {
            return Err(invalid_value(
                field,
                &value.to_string(),
                "It cannot be changed.",
            ));
        }
    }
    (collection.fill_defaults)(cloud, call, &mut resource)?;
    let id = item.id.clone();
    if let Some(item) = cloud.compute.networks.get_mut(&path) {
        item.resource = resource;
    }
    Ok(operations::begin_timed(cloud, call, "patch", &path, &id))
}

pub(in crate::api::compute) fn delete(
    collection: &Collection,
    cloud: &mut Cloud,
    call: &Call,
) -> Result<ApiResponse, ApiError> {
    let path = collection.path(call);
    if let Some(answer) = operations::find_by_request_id(cloud, call, "delete", &path)? {
        return Ok(answer);
    }
    let id = find(cloud, &path)?.id.clone();
    if let Some(user) = (collection.find_user)(cloud, &path) {
        let kind = collection.singular();
        return Err(ApiError {
            reason: "resourceInUseByAnotherResource",
            ..ApiError::invalid(format!(
                "The {kind} resource '{path}' is already being used by '{user}'"
            ))
        });
    }
    cloud.compute.networks.remove(&path);
    Ok(operations::begin_timed(cloud, call, "delete", &path, &id))
}
