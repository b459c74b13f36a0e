//! Groups.

use super::{
    access::{
        GroupRole, NO_PERMISSIONS, bad_field, check_caller, denied, has_role, is_administrator,
        refused, require,
    },
    membership::{add, remove_all},
    nesting::{email_of, group_with, groups, memberships_of},
    query::{Query, page},
    roles::PACKAGE,
    view::{all_basic, basic},
};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    collection::{IdSource, Kind, LongRunning, Row, Verb, begin, existing},
};
use names::Duration;
use serde_json::{Value, json};

const DISCUSSION_FORUM: &str = "cloudidentity.googleapis.com/groups.discussion_forum";
const SECURITY: &str = "cloudidentity.googleapis.com/groups.security";

pub(crate) static GROUP: Kind = Kind::new("cloudidentity.v1", "groups")
    .id(IdSource::Assigned(|cloud, _| new_id(cloud)), "", |_| true)
    .immutable(&["groupKey", "parent"])
    .unsimulated(&["dynamicGroupMetadata"])
    .permissions(NO_PERMISSIONS)
    .check_call(check_call)
    .prepare(prepare)
    .listed(|cloud, call, name, row| {
        call.query("parent").map(customer).as_deref() == row.body["parent"].as_str()
            && has_role(cloud, &call.principal, name, GroupRole::Member)
    })
    .render_list(|call, list| all_basic(call, list.get_mut("groups")))
    .follow(|cloud, call, verb, name| {
        let config = call.query("initialGroupConfig");
        if verb == Verb::Create && config == Some("WITH_INITIAL_OWNER") {
            let member = call.principal.as_str().to_owned();
            add(cloud, name, &member, &["MEMBER", "OWNER"], call.now);
        }
    })
    .custom(&[("delete", delete), ("lookup", lookup), ("search", search)])
    .operation(PACKAGE, "")
    // Done at once, as Terraform's client expects.
    .operation_of(|_| Some((Value::Null, Duration::ZERO)));

/// 15 letters, like Google's.
pub(super) fn new_id(cloud: &mut Cloud) -> String {
    format!("{:015x}", cloud.resources.next_node_number())
}

/// `customers/C1`, also for gcloud's `customerId/C1`.
fn customer(parent: &str) -> String {
    parent.replace("customerId/", "customers/")
}

fn check_call(cloud: &Cloud, call: &Call, verb: Verb, name: &str) -> Result<(), ApiError> {
    check_caller(call)?;
    let role = match verb {
        Verb::Create => return check_creator(cloud, call),
        Verb::Get => GroupRole::Member,
        Verb::Custom if name.contains('/') => GroupRole::Member,
        Verb::Custom => return Ok(()),
        Verb::Update => GroupRole::Manager,
        // They have what the caller may see; deletion is a method of its own.
        Verb::List
        | Verb::Delete
        | Verb::Undelete
        | Verb::GetPolicy
        | Verb::SetPolicy
        | Verb::TestPermissions => return Ok(()),
    };
    require(cloud, call, name, role)
}

fn check_creator(cloud: &Cloud, call: &Call) -> Result<(), ApiError> {
    let parent = customer(call.body["parent"].as_str().unwrap_or_default());
    let email = call.body["groupKey"]["id"].as_str().unwrap_or_default();
    let is_ours = parent.strip_prefix("customers/") == Some(&*cloud.directory.customer);
    if is_ours && is_administrator(cloud, &call.principal) {
        return Ok(());
    }
    let message = format!("Error(2015): Actor does not have permission to create group '{email}'.");
    Err(refused("", message))
}

fn prepare(
    cloud: &Cloud,
    _: &Call,
    _: &str,
    old: Option<&Row>,
    group: &mut Value,
) -> Result<(), ApiError> {
    let email = group["groupKey"]["id"].as_str().unwrap_or_default();
    if old.is_none() {
        if !group["groupKey"]["namespace"].is_null() {
            return Err(ApiError::unimplemented(
                "groupKey.namespace is not simulated.",
            ));
        }
        let domains = &cloud.directory.domains;
        if !email.contains('@') || !domains.is_empty() && !cloud.directory.manages(email) {
            let message = format!("{email:?} is not an address in the organisation's domains.");
            return Err(bad_field("resource.group_key.id", message));
        }
        if group_with(cloud, email).is_some() {
            let message =
                format!("Error(2018): Cannot create group '{email}' because it already exists.");
            return Err(ApiError::already_exists(message));
        }
    }
    group["parent"] = customer(group["parent"].as_str().unwrap_or_default()).into();
    let lost = old.is_some_and(|old| !old.body["labels"][SECURITY].is_null())
        && group["labels"][SECURITY].is_null();
    if group["labels"][DISCUSSION_FORUM].is_null() || lost {
        let label = if lost { SECURITY } else { DISCUSSION_FORUM };
        let message = format!("The label {label} must be set.");
        return Err(bad_field("resource.labels", message));
    }
    let description = group["description"].as_str().unwrap_or_default();
    if description.chars().count() > 4096 {
        let message = "The description must not be longer than 4096 characters.";
        return Err(bad_field("resource.description", message));
    }
    Ok(())
}

/// Policies refer to a deleted group as `deleted:…?uid=…`, which a new one with the
/// same address does not match.
fn delete(cloud: &mut Cloud, call: &Call, name: &str) -> Result<ApiResponse, ApiError> {
    require(cloud, call, name, GroupRole::Owner)?;
    let email = email_of(existing(&GROUP, cloud, name)?).to_owned();
    GROUP.remove(cloud, name);
    let in_others = memberships_of(cloud, &email);
    let in_others = in_others.map(|(name, _)| name.to_owned()).collect();
    remove_all(cloud, in_others);
    let id = name.trim_start_matches("groups/");
    cloud.iam.unbind(&format!("group:{email}"), id);
    let operation = LongRunning {
        api: "cloudidentity",
        name: None,
        kind: "delete",
        target: name,
        metadata: Value::Null,
        response: json!({ "@type": "type.googleapis.com/google.protobuf.Empty" }),
        duration: Duration::ZERO,
    };
    Ok(begin(cloud, call, operation))
}

fn lookup(cloud: &mut Cloud, call: &Call, _: &str) -> Result<ApiResponse, ApiError> {
    let email = call.query("groupKey.id").unwrap_or_default();
    let found = group_with(cloud, email).map(|(name, _)| name);
    let seen = found.filter(|name| has_role(cloud, &call.principal, name, GroupRole::Member));
    // The resource in the message is unverified.
    let name = seen.ok_or_else(|| denied(email))?;
    Ok(ApiResponse::Json(json!({ "name": name })))
}

fn search(cloud: &mut Cloud, call: &Call, _: &str) -> Result<ApiResponse, ApiError> {
    let query = Query::of(call, "parent")?;
    let cloud = &*cloud;
    let seen = groups(cloud).filter(|(name, row)| {
        query.finds(row, "") && has_role(cloud, &call.principal, name, GroupRole::Member)
    });
    let rows = seen.map(|(name, row)| {
        let mut json = GROUP.to_json(cloud, name, row, &call.origin);
        basic(call, &mut json);
        (name.to_owned(), json)
    });
    page(call, "groups", rows)
}
