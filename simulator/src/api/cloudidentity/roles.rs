//! The roles of a membership.

use super::access::{GroupRole, bad_field};
use crate::ApiError;
use names::Timestamp;
use serde_json::{Value, json};

/// The protobuf package of the API.
pub(super) const PACKAGE: &str = "google.apps.cloudidentity.groups.v1";

/// Checks the roles of a new or changed membership, and writes the times in them as
/// Google does.
pub(super) fn check_roles(roles: &mut Value, now: Timestamp) -> Result<(), ApiError> {
    let refuse = |message: String| Err(bad_field("resource.roles", message));
    let mut names: Vec<String> = Vec::new();
    for role in roles.as_array_mut().into_iter().flatten() {
        let name = role["name"].as_str().unwrap_or_default().to_owned();
        if GroupRole::named(&name).is_none() {
            return refuse(format!("{name:?} is not MEMBER, MANAGER or OWNER."));
        }
        if names.contains(&name) {
            return refuse(format!("The role {name} is repeated."));
        }
        names.push(name.clone());
        if role["expiryDetail"].is_null() {
            continue;
        }
        if name != "MEMBER" {
            return refuse(format!("The role {name} cannot expire, only MEMBER."));
        }
        let expires = role["expiryDetail"]["expireTime"].as_str();
        let expires = expires.and_then(|time| time.parse::<Timestamp>().ok());
        let Some(expires) = expires.filter(|at| *at > now) else {
            return refuse("The expiry must be a time in the future.".to_owned());
        };
        role["expiryDetail"]["expireTime"] = json!(expires);
    }
    match names.iter().any(|name| name == "MEMBER") {
        true => Ok(()),
        false => refuse("MEMBER role must be specified".to_owned()),
    }
}

/// When the membership with these roles ends, if it does.
pub(super) fn expiry(roles: &Value) -> Option<Timestamp> {
    let roles = roles.as_array().into_iter().flatten();
    let mut times = roles.filter_map(|role| role["expiryDetail"]["expireTime"].as_str());
    times.next()?.parse().ok()
}

/// The roles that a request to modify them leads to. Roles are added and removed, or
/// else updated.
pub(super) fn modified(old: &Value, request: &Value) -> Result<Value, ApiError> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (added, removed) = (list(&request["addRoles"]), list(&request["removeRoles"]));
    let updated = list(&request["updateRolesParams"]);
    let changes_set = !added.is_empty() || !removed.is_empty();
    if changes_set && !updated.is_empty() {
        let message = "Roles cannot be updated while others are added or removed.";
        return Err(bad_field("update_roles_params", message));
    }
    if removed.iter().any(|name| name == "MEMBER") {
        let message = "The role MEMBER cannot be removed: delete the membership.";
        return Err(bad_field("remove_roles", message));
    }
    let mut roles = list(old);
    roles.retain(|role| !removed.contains(&role["name"]));
    for role in added {
        // That adding a role twice changes nothing is unverified.
        if !roles.iter().any(|known| known["name"] == role["name"]) {
            roles.push(role);
        }
    }
    for update in updated {
        let (role, mask) = (&update["membershipRole"], &update["fieldMask"]);
        let known = roles.iter_mut().find(|known| known["name"] == role["name"]);
        let (Some(known), Some("expiryDetail.expireTime" | "expiry_detail.expire_time")) =
            (known, mask.as_str())
        else {
            let message = "Only expiry_detail.expire_time of a role can be updated.";
            return Err(bad_field("update_roles_params", message));
        };
        *known = match role["expiryDetail"]["expireTime"].as_str() {
            Some(_) => role.clone(),
            None => json!({ "name": role["name"] }),
        };
    }
    Ok(roles.into())
}
