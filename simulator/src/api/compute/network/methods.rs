//! Methods that networks, subnetworks and firewall rules have in common.

use super::{
    collection::{Kind, find},
    record::Item,
};
use crate::{
    Answer, ApiError, Call, Cloud,
    api::compute::{
        error::{known, wrong},
        filter::Page,
        operations,
        reference::{fingerprint, is_name, link},
    },
};

pub(in crate::api::compute) fn insert(
    kind: &Kind,
    cloud: &mut Cloud,
    call: &Call,
) -> Result<Answer, ApiError> {
    let path = kind.path(call);
    if let Some(answer) = operations::repeated(cloud, call, "insert", &path)? {
        return Ok(answer);
    }
    known(&call.body, "resource", kind.fields)?;
    let name = call.body["name"].as_str().unwrap_or_default();
    if !is_name(name) {
        let why = "Must be a match of regex '(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'";
        return Err(wrong("name", name, why));
    }
    if cloud.compute.networks.contains(&path) {
        let message = format!("The resource '{path}' already exists");
        return Err(ApiError::exists(message));
    }
    let mut resource = call.body.clone();
    (kind.complete)(cloud, call, &mut resource)?;
    let item = Item {
        id: cloud.compute.next_id(),
        created: call.now,
        ready: call.now + cloud.compute.settings.other_operation,
        resource,
    };
    let id = item.id.clone();
    cloud.compute.networks.insert(path.as_str(), item);
    Ok(operations::soon(cloud, call, "insert", &path, &id))
}

pub(in crate::api::compute) fn get(
    kind: &Kind,
    cloud: &Cloud,
    call: &Call,
) -> Result<Answer, ApiError> {
    let path = kind.path(call);
    let item = find(cloud, &path)?;
    Ok(Answer::Json(kind.json(cloud, &path, item, &call.origin)))
}

pub(in crate::api::compute) fn list(
    kind: &Kind,
    cloud: &Cloud,
    call: &Call,
) -> Result<Answer, ApiError> {
    let scope = kind.scope(call);
    let prefix = format!("{scope}/");
    let all = cloud.compute.networks.under(&prefix);
    let page = Page::of(
        call,
        all.map(|(path, item)| (path.clone(), kind.json(cloud, path, item, &call.origin))),
    )?;
    let list = format!("compute#{}List", kind.singular());
    let selves = link(&call.origin, &scope);
    Ok(Answer::Json(page.json(&list, &selves, &scope)))
}

/// Replaces the fields that the body holds. A subnetwork is changed only by
/// who knows its fingerprint.
pub(in crate::api::compute) fn patch(
    kind: &Kind,
    cloud: &mut Cloud,
    call: &Call,
) -> Result<Answer, ApiError> {
    let path = kind.path(call);
    if let Some(answer) = operations::repeated(cloud, call, "patch", &path)? {
        return Ok(answer);
    }
    let item = find(cloud, &path)?;
    let fields = call.body.as_object();
    let fields = fields.ok_or_else(|| wrong("", "", "Must be an object."))?;
    let mut resource = item.resource.clone();
    if kind.name == "Subnetwork" {
        match call.body["fingerprint"].as_str() {
            None => return Err(wrong("fingerprint", "", "It is required.")),
            Some(seen) if seen != fingerprint(&resource) => {
                return Err(ApiError::precondition("Invalid fingerprint."));
            }
            Some(_) => {}
        }
    }
    for (field, value) in fields {
        let same = resource[field] == *value;
        let told = matches!(field.as_str(), "fingerprint" | "name" | "network") || same;
        if kind.patchable.contains(&field.as_str()) {
            resource[field] = value.clone();
        } else if !told {
            return Err(wrong(field, &value.to_string(), "It cannot be changed."));
        }
    }
    (kind.complete)(cloud, call, &mut resource)?;
    let id = item.id.clone();
    if let Some(item) = cloud.compute.networks.get_mut(&path) {
        item.resource = resource;
    }
    Ok(operations::soon(cloud, call, "patch", &path, &id))
}

pub(in crate::api::compute) fn delete(
    kind: &Kind,
    cloud: &mut Cloud,
    call: &Call,
) -> Result<Answer, ApiError> {
    let path = kind.path(call);
    if let Some(answer) = operations::repeated(cloud, call, "delete", &path)? {
        return Ok(answer);
    }
    let id = find(cloud, &path)?.id.clone();
    if let Some(user) = (kind.user)(cloud, &path) {
        let what = kind.singular();
        return Err(ApiError {
            reason: "resourceInUseByAnotherResource",
            ..ApiError::invalid(format!(
                "The {what} resource '{path}' is already being used by '{user}'"
            ))
        });
    }
    cloud.compute.networks.remove(&path);
    Ok(operations::soon(cloud, call, "delete", &path, &id))
}
