//! Memberships in groups.

use super::{
    access::{GroupRole, NO_PERMISSIONS, bad_field, check_caller, denied, require},
    nesting::{all_members, direct_members, email_of, group_of, group_with, groups, member_of},
    roles::{PACKAGE, check_roles, expiry, modified},
    search::{
        check_transitive_membership, search_direct_groups, search_transitive_groups,
        search_transitive_memberships,
    },
    view::all_basic,
};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    agenda::Event,
    collection::{IdSource, Kind, Row, Verb},
};
use names::{Duration, Timestamp};
use serde_json::{Value, json};

/// That there is a group is checked with the caller's role in it.
pub(crate) static MEMBERSHIP: Kind = Kind::new("cloudidentity.v1", "groups.memberships")
    .id(
        IdSource::Assigned(|cloud, _| cloud.resources.next_id()),
        "",
        |_| true,
    )
    .permissions(NO_PERMISSIONS)
    .check_call(check_call)
    .prepare(prepare)
    .render_list(|call, list| all_basic(call, list.get_mut("memberships")))
    .check_delete(|cloud, call, name| {
        let roles = MEMBERSHIP.row(cloud, name).map(|row| &row.body["roles"]);
        may_change(cloud, call, name, roles)
    })
    .follow(|cloud, _, _, name| set_timer(cloud, name))
    .custom(&[
        ("lookup", lookup),
        ("modifyMembershipRoles", modify_roles),
        ("checkTransitiveMembership", check_transitive_membership),
        ("searchDirectGroups", search_direct_groups),
        ("searchTransitiveGroups", search_transitive_groups),
        ("searchTransitiveMemberships", search_transitive_memberships),
    ])
    .operation(PACKAGE, "")
    .operation_of(|_| Some((Value::Null, Duration::ZERO)));

fn check_call(cloud: &Cloud, call: &Call, verb: Verb, name: &str) -> Result<(), ApiError> {
    check_caller(call)?;
    let role = match verb {
        Verb::Create | Verb::Delete => GroupRole::Manager,
        // Searches are in the collection of all groups, and check for themselves.
        Verb::Custom if name.starts_with("groups/-/") => return Ok(()),
        Verb::Get
        | Verb::List
        | Verb::Custom
        | Verb::Update
        | Verb::Undelete
        | Verb::GetPolicy
        | Verb::SetPolicy
        | Verb::TestPermissions => GroupRole::Member,
    };
    require(cloud, call, name, role)
}

/// Managers change memberships, but only owners those of owners.
fn may_change(
    cloud: &Cloud,
    call: &Call,
    name: &str,
    roles: Option<&Value>,
) -> Result<(), ApiError> {
    let role = match roles.and_then(GroupRole::highest) {
        Some(GroupRole::Owner) => GroupRole::Owner,
        Some(GroupRole::Member | GroupRole::Manager) | None => GroupRole::Manager,
    };
    require(cloud, call, name, role)
}

fn prepare(
    cloud: &Cloud,
    call: &Call,
    name: &str,
    _: Option<&Row>,
    membership: &mut Value,
) -> Result<(), ApiError> {
    if membership["roles"].is_null() {
        membership["roles"] = json!([{ "name": "MEMBER" }]);
    }
    check_roles(&mut membership["roles"], call.now)?;
    may_change(cloud, call, name, Some(&membership["roles"]))?;
    let key = &membership["preferredMemberKey"];
    if !key["namespace"].is_null() {
        let message = "preferredMemberKey.namespace is not simulated.";
        return Err(ApiError::unimplemented(message));
    }
    let email = key["id"].as_str().unwrap_or_default();
    if !email.contains('@') {
        let message = format!("{email:?} is not an email address.");
        return Err(bad_field("resource.preferred_member_key.id", message));
    }
    let group = group_of(name);
    if direct_members(cloud, group).any(|(_, row)| member_of(row) == email) {
        return Err(ApiError::already_exists(format!(
            "Error(4003): Cannot create membership '{email}' in '{group}' because it already \
             exists."
        )));
    }
    let kind = kind_of(cloud, email);
    let is_known = match kind {
        "SERVICE_ACCOUNT" => cloud.has_account(email, call.now),
        "USER" => cloud.directory.has_user(email),
        _ => true,
    };
    if !is_known {
        return Err(ApiError::not_found(format!("There is no account {email}.")));
    }
    if let Some((inner, _)) = group_with(cloud, email) {
        let outer = groups(cloud).find(|(name, _)| *name == group);
        let outer = outer.map_or("", |(_, row)| email_of(row));
        if inner == group || all_members(cloud, inner).contains_key(outer) {
            let message = "Cyclic memberships not allowed";
            return Err(ApiError::failed_precondition(message));
        }
    }
    membership["type"] = kind.into();
    Ok(())
}

/// What has this address.
fn kind_of(cloud: &Cloud, email: &str) -> &'static str {
    match group_with(cloud, email) {
        Some(_) => "GROUP",
        None if email.ends_with(".gserviceaccount.com") => "SERVICE_ACCOUNT",
        None => "USER",
    }
}

/// A membership ends when its role MEMBER expires.
fn set_timer(cloud: &mut Cloud, name: &str) {
    let full_name = MEMBERSHIP.resource(name).full_name();
    cloud.agenda.cancel(&full_name);
    let row = MEMBERSHIP.row(cloud, name);
    if let Some(at) = row.and_then(|row| expiry(&row.body["roles"])) {
        cloud.agenda.add(at, &full_name, Event::Expire);
    }
}

/// Adds a member (`user:…`) to a group, which is not checked.
pub(super) fn add(cloud: &mut Cloud, group: &str, member: &str, roles: &[&str], now: Timestamp) {
    let (prefix, email) = member.split_once(':').unwrap_or(("user", member));
    let kind = match prefix {
        "group" => "GROUP",
        "serviceAccount" => "SERVICE_ACCOUNT",
        _ => "USER",
    };
    let roles: Vec<Value> = roles.iter().map(|role| json!({ "name": role })).collect();
    let body = json!({ "preferredMemberKey": { "id": email }, "roles": roles, "type": kind });
    let id = cloud.resources.next_id();
    let row = MEMBERSHIP.new_row(id.clone(), now, body);
    MEMBERSHIP.store(cloud, &format!("{group}/memberships/{id}"), row);
}

/// Removes memberships by name.
pub(super) fn remove_all(cloud: &mut Cloud, names: Vec<String>) {
    for name in names {
        MEMBERSHIP.remove(cloud, &name);
    }
}

fn lookup(cloud: &mut Cloud, call: &Call, name: &str) -> Result<ApiResponse, ApiError> {
    let email = call.query("memberKey.id").unwrap_or_default();
    let mut members = direct_members(cloud, group_of(name));
    let found = members.find(|(_, row)| member_of(row) == email);
    let (found, _) = found.ok_or_else(|| denied(&format!("{name}/{email}")))?;
    Ok(ApiResponse::Json(json!({ "name": found })))
}

fn modify_roles(cloud: &mut Cloud, call: &Call, name: &str) -> Result<ApiResponse, ApiError> {
    let old = MEMBERSHIP.row(cloud, name).expect("it exists");
    let old = old.body["roles"].clone();
    let mut new = modified(&old, &call.body)?;
    may_change(cloud, call, name, Some(&old))?;
    may_change(cloud, call, name, Some(&new))?;
    check_roles(&mut new, call.now)?;
    let row = MEMBERSHIP.row_mut(cloud, name).expect("it exists");
    row.body["roles"] = new;
    row.touch(call.now);
    set_timer(cloud, name);
    let row = MEMBERSHIP.row(cloud, name).expect("it exists");
    let membership = MEMBERSHIP.to_json(cloud, name, row, &call.origin);
    Ok(ApiResponse::Json(json!({ "membership": membership })))
}
