//! Searches for the groups of a member and the members of a group.

use super::{
    access::{GroupRole, denied, has_role, refused, require},
    nesting::{Relation, all_members, direct_members, group_of, group_with, groups, member_of},
    query::{Query, page},
};
use crate::{ApiError, ApiResponse, Call, Cloud, collection::Row, iam::hash};
use serde_json::{Value, json};

/// What a query for members must compare.
const MEMBER: &str = "member_key_id";

/// The methods on transitive memberships require an edition with a license. The
/// message is unverified.
fn check_premium(cloud: &Cloud, group: &str) -> Result<(), ApiError> {
    let message = "The caller does not have permission";
    match cloud.directory.premium {
        true => Ok(()),
        false => Err(refused(group, message.to_owned())),
    }
}

/// The fields that all relations of a group have.
fn group_json(name: &str, group: &Row) -> Value {
    let mut json = json!({ "group": name });
    for field in ["groupKey", "displayName", "labels"] {
        if !group.body[field].is_null() {
            json[field] = group.body[field].clone();
        }
    }
    json
}

/// The fields of a transitive relation.
fn add_relation(json: &mut Value, relation: &Relation) {
    json["relationType"] = relation.kind().into();
    let roles = relation.membership().map(|row| &row.body["roles"]);
    let roles = roles.and_then(Value::as_array).into_iter().flatten();
    json["roles"] = roles.map(|role| json!({ "role": role["name"] })).collect();
}

/// Groups whose members the caller may not see are left out, as documented.
pub(super) fn search_direct_groups(
    cloud: &mut Cloud,
    call: &Call,
    _: &str,
) -> Result<ApiResponse, ApiError> {
    let query = Query::of(call, MEMBER)?;
    let cloud = &*cloud;
    let seen =
        groups(cloud).filter(|(name, _)| has_role(cloud, &call.principal, name, GroupRole::Member));
    let rows = seen.flat_map(|(name, group)| {
        let members = direct_members(cloud, name);
        let found = members.filter(|(_, row)| query.finds(group, member_of(row)));
        let found = found.map(|(membership, row)| {
            let mut json = group_json(name, group);
            json["membership"] = membership.into();
            json["roles"] = row.body["roles"].clone();
            (membership.to_owned(), json)
        });
        found.collect::<Vec<_>>()
    });
    page(call, "memberships", rows)
}

/// One group whose members the caller may not see makes the call fail, as
/// documented.
pub(super) fn search_transitive_groups(
    cloud: &mut Cloud,
    call: &Call,
    _: &str,
) -> Result<ApiResponse, ApiError> {
    let query = Query::of(call, MEMBER)?;
    check_premium(cloud, "")?;
    let cloud = &*cloud;
    let mut rows = Vec::new();
    for (name, group) in groups(cloud) {
        for (email, relation) in all_members(cloud, name) {
            if !query.finds(group, email) {
                continue;
            }
            require(cloud, call, name, GroupRole::Member)?;
            let mut json = group_json(name, group);
            add_relation(&mut json, &relation);
            rows.push((format!("{name}/{email}"), json));
        }
    }
    page(call, "memberships", rows.into_iter())
}

pub(super) fn search_transitive_memberships(
    cloud: &mut Cloud,
    call: &Call,
    name: &str,
) -> Result<ApiResponse, ApiError> {
    let group = group_of(name);
    check_premium(cloud, group)?;
    let cloud = &*cloud;
    let all = all_members(cloud, group);
    let inner = all.keys().filter_map(|email| group_with(cloud, email));
    for (inner, _) in inner {
        require(cloud, call, inner, GroupRole::Member)?;
    }
    let rows = all.into_iter().map(|(email, relation)| {
        let member = match group_with(cloud, email) {
            Some((name, _)) => name.to_owned(),
            // The form of a user's ID is unverified.
            None => format!("users/{}", hash(&[email])),
        };
        let mut json = json!({ "member": member, "preferredMemberKey": [{ "id": email }] });
        add_relation(&mut json, &relation);
        (email.to_owned(), json)
    });
    page(call, "memberships", rows)
}

/// `false` is left out of the response, as in all of proto3's JSON; unverified.
pub(super) fn check_transitive_membership(
    cloud: &mut Cloud,
    call: &Call,
    name: &str,
) -> Result<ApiResponse, ApiError> {
    let query = Query::of(call, MEMBER)?;
    let name = group_of(name);
    check_premium(cloud, name)?;
    let cloud = &*cloud;
    let group = groups(cloud).find(|(group, _)| *group == name);
    let (_, group) = group.ok_or_else(|| denied(name))?;
    let mut members = all_members(cloud, name).into_keys();
    Ok(ApiResponse::Json(
        match members.any(|email| query.finds(group, email)) {
            true => json!({ "hasMembership": true }),
            false => json!({}),
        },
    ))
}
