//! Who may see and change groups.

use super::nesting::{direct_members, exists, group_of, member_of};
use crate::{
    ApiError, Call, Cloud,
    iam::{Principal, RequiredPermission, Resource},
};
use serde_json::{Value, json};

/// The methods require no permissions of IAM.
pub(super) const NO_PERMISSIONS: &[(&str, &[&str])] = &[("*", &[])];

/// A role in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum GroupRole {
    Member,
    Manager,
    Owner,
}

impl GroupRole {
    /// The role with Google's name for it.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "MEMBER" => Self::Member,
            "MANAGER" => Self::Manager,
            "OWNER" => Self::Owner,
            _ => return None,
        })
    }

    /// The highest in the `roles` of a membership.
    pub(super) fn highest(roles: &Value) -> Option<Self> {
        let roles = roles.as_array().into_iter().flatten();
        let named = roles.filter_map(|role| Self::named(role["name"].as_str()?));
        named.max()
    }
}

/// Whether a principal administers the groups of the organisation.
pub(super) fn is_administrator(cloud: &Cloud, who: &Principal) -> bool {
    let mut administrators = cloud.directory.administrators.iter();
    administrators.any(|email| email == who.email())
}

/// Whether a principal has this role, or a higher one, in the group with this name
/// (`groups/1`), which exists.
pub(super) fn has_role(cloud: &Cloud, who: &Principal, group: &str, role: GroupRole) -> bool {
    exists(cloud, group)
        && (is_administrator(cloud, who)
            || direct_members(cloud, group)
                .filter(|(_, row)| member_of(row) == who.email())
                .any(|(_, row)| GroupRole::highest(&row.body["roles"]) >= Some(role)))
}

/// Refuses a caller that does not have this role, or a higher one, in the group of
/// `name`: its own, or that of a membership.
pub(super) fn require(
    cloud: &Cloud,
    call: &Call,
    name: &str,
    role: GroupRole,
) -> Result<(), ApiError> {
    let group = group_of(name);
    match has_role(cloud, &call.principal, group, role) {
        true => Ok(()),
        false => Err(denied(group)),
    }
}

/// The error for a group that does not exist, or that the caller may not see or
/// change.
pub(super) fn denied(group: &str) -> ApiError {
    let message =
        format!("Error(2028): Permission denied for resource {group} (or it may not exist).");
    refused(group, message)
}

/// 401 for a caller without credentials.
pub(super) fn check_caller(call: &Call) -> Result<(), ApiError> {
    if call.principal.is_anonymous() {
        let groups = Resource::new("cloudidentity.googleapis.com", "Group", "groups");
        return Err(RequiredPermission::new("", groups).refusal(&call.principal));
    }
    Ok(())
}

/// 403 about a group, if it has a name.
pub(super) fn refused(group: &str, message: String) -> ApiError {
    let mut detail = json!({
        "@type": "type.googleapis.com/google.rpc.ResourceInfo",
        "resourceType": "cloudidentity.googleapis.com/Group",
        "owner": "domain:cloudidentity.googleapis.com",
        "description": message,
    });
    if !group.is_empty() {
        detail["resourceName"] = group.into();
    }
    let mut error = ApiError::permission_denied(message);
    error.details.push(detail);
    error
}

/// 400 for a field of the body.
pub(super) fn bad_field(field: &str, message: impl Into<String>) -> ApiError {
    let message = message.into();
    let mut error = ApiError::invalid(message.clone());
    error.details.push(json!({
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [{ "field": field, "description": message }],
    }));
    error
}
