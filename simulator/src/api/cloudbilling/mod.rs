//! Cloud Billing v1: the accounts of projects, and the policies of accounts.
//!
//! A project that is deleted stays linked and counts against the quota of its account
//! until it is removed, as bug reports of Terraform's users say.

mod account;
mod setup;
#[cfg(test)]
mod tests;

pub use account::BillingAccount;

use crate::{
    ApiError, ApiResponse, Call, Cloud,
    collection::dialect::standard::PAGING,
    iam::{Node, RequiredPermission, Resource, policy_get, policy_set, policy_test},
    route::{Route, routes},
};
use serde_json::{Value, json};

pub(crate) const ROUTES: &[Route] = routes! {
    "cloudbilling" "cloudbilling.billingAccounts.list" GET "/v1/billingAccounts" |_, _| Ok(Vec::new()), list;
    "cloudbilling" "cloudbilling.billingAccounts.get" GET "/v1/billingAccounts/{account}"
        |_, call| required_permissions(call, GET), get;
    "cloudbilling" "cloudbilling.billingAccounts.projects.list" GET "/v1/billingAccounts/{account}/projects"
        |_, call| required_permissions(call, "billing.resourceAssociations.list"), projects;
    "cloudbilling" "cloudbilling.billingAccounts.getIamPolicy" GET "/v1/billingAccounts/{account}:getIamPolicy"
        |_, call| required_permissions(call, "billing.accounts.getIamPolicy"),
        |cloud, call| policy_get(cloud, &existing_account(cloud, call)?, call);
    "cloudbilling" "cloudbilling.billingAccounts.setIamPolicy" POST "/v1/billingAccounts/{account}:setIamPolicy"
        |_, call| required_permissions(call, "billing.accounts.setIamPolicy"),
        |cloud, call| policy_set(cloud, &existing_account(cloud, call)?, call);
    "cloudbilling" "cloudbilling.billingAccounts.testIamPermissions" POST "/v1/billingAccounts/{account}:testIamPermissions"
        |_, _| Ok(Vec::new()),
        |cloud, call| policy_test(cloud, &account(call), call);
    "cloudbilling" "cloudbilling.projects.getBillingInfo" GET "/v1/projects/{project}/billingInfo"
        |_, call| Ok(vec![RequiredPermission::new("resourcemanager.projects.get", project(call))]),
        |cloud, call| billing_info(cloud, call);
    "cloudbilling" "cloudbilling.projects.updateBillingInfo" PUT "/v1/projects/{project}/billingInfo"
        link_permissions, link;
};

const GET: &str = "billing.accounts.get";

fn account_json(cloud: &Cloud, name: &str) -> Value {
    let (_, id) = name.split_once('/').unwrap_or_default();
    let account = cloud.billing_account(name);
    let mut json = json!({
        "name": name,
        "displayName": account.display_name.as_deref().unwrap_or(id),
        "masterBillingAccount": "",
        "open": account.open,
        "currencyCode": account.currency_code,
    });
    let node = cloud.iam.nodes.get(name);
    if let Some(parent) = node.and_then(|node| node.parent.as_deref()) {
        json["parent"] = parent.into();
    }
    json
}

fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    existing_account(cloud, call)?;
    Ok(ApiResponse::Json(account_json(cloud, &account(call).name)))
}

/// The accounts that the caller may see, of one parent if the call names it.
fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let all = cloud.iam.nodes.with_prefix("billingAccounts/");
    let parent = call.query("parent");
    let seen = all.filter(|(name, node)| {
        let account = account_resource(name.as_str());
        let is_there = parent.is_none() || parent == node.parent.as_deref();
        is_there && cloud.allows(&call.principal, GET, &account, call.now)
    });
    let rows = seen.map(|(name, _)| (name.clone(), account_json(cloud, name)));
    let page = PAGING.page(call, rows)?;
    Ok(ApiResponse::Json(page.into_json("billingAccounts")))
}

/// The billing information of the projects that an account pays for.
fn projects(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    existing_account(cloud, call)?;
    let account = account(call).name;
    let all = cloud.iam.nodes.with_prefix("projects/");
    let paid = all.filter(|(_, node)| node.billing_account.as_ref() == Some(&account));
    let rows = paid.map(|(name, node)| {
        let (_, id) = name.split_once('/').unwrap_or_default();
        (name.clone(), info_json(cloud, id, node))
    });
    let page = PAGING.page(call, rows)?;
    Ok(ApiResponse::Json(page.into_json("projectBillingInfo")))
}

fn account(call: &Call) -> Resource {
    account_resource(format!("billingAccounts/{}", call.path("account")))
}

/// A billing account, as IAM knows it.
pub(crate) fn account_resource(name: impl Into<String>) -> Resource {
    Resource::new("cloudbilling.googleapis.com", "BillingAccount", name)
}

fn project(call: &Call) -> Resource {
    Resource::project(call.path("project"))
}

/// The account in the body; none unlinks the project.
fn requested_account(call: &Call) -> Option<&str> {
    let name = call.body["billingAccountName"].as_str();
    name.filter(|name| !name.is_empty())
}

/// As documented for linking; Google also lets an administrator of the account
/// unlink a project.
fn link_permissions(_: &Cloud, call: &Call) -> Result<Vec<RequiredPermission>, ApiError> {
    let on_project = |permission| RequiredPermission::new(permission, project(call));
    Ok(match requested_account(call) {
        Some(account) => vec![
            on_project("resourcemanager.projects.createBillingAssignment"),
            RequiredPermission::new(
                "billing.resourceAssociations.create",
                account_resource(account),
            ),
        ],
        None => vec![on_project(
            "resourcemanager.projects.deleteBillingAssignment",
        )],
    })
}

fn link(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let account = requested_account(call).map(str::to_owned);
    if let Some(account) = account.as_deref()
        && !cloud.iam.nodes.contains(account)
    {
        // The message is unverified.
        return Err(ApiError::not_found("Requested entity was not found."));
    }
    let project = cloud.iam.project(call.path("project"));
    if let Some((id, node)) = project.map(|(id, node)| (id.to_owned(), node)) {
        if let Some(account) = account.as_ref().filter(|_| node.billing_account != account) {
            check_quota(cloud, account)?;
        }
        cloud.link_billing(&id, account);
    }
    billing_info(cloud, call)
}

/// Google's words, from bug reports.
fn check_quota(cloud: &Cloud, account: &str) -> Result<(), ApiError> {
    let projects = cloud.iam.projects();
    let linked = projects.filter(|(_, node)| node.billing_account.as_deref() == Some(account));
    let quota = cloud.billing_account(account).project_quota;
    if quota.is_none_or(|quota| linked.count() < quota) {
        return Ok(());
    }
    let mut error = ApiError::failed_precondition("Precondition check failed.");
    let url = "https://support.google.com/code/contact/billing_quota_increase";
    error.details.push(json!({
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        "violations": [{
            "subject": account,
            "description": format!("Cloud billing quota exceeded: {url}"),
        }],
    }));
    Err(error)
}

fn billing_info(cloud: &Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let Some((id, node)) = cloud.iam.project(call.path("project")) else {
        return Err(ApiError::not_found("Requested entity was not found."));
    };
    Ok(ApiResponse::Json(info_json(cloud, id, node)))
}

fn info_json(cloud: &Cloud, project: &str, node: &Node) -> Value {
    json!({
        "name": format!("projects/{project}/billingInfo"),
        "projectId": project,
        "billingAccountName": node.billing_account.as_deref().unwrap_or_default(),
        "billingEnabled": cloud.has_billing(node),
    })
}

fn required_permissions(
    call: &Call,
    permission: &'static str,
) -> Result<Vec<RequiredPermission>, ApiError> {
    Ok(vec![RequiredPermission::new(permission, account(call))])
}

/// The full name of the billing account in the path; 404 if it does not exist.
fn existing_account(cloud: &Cloud, call: &Call) -> Result<String, ApiError> {
    let account = account(call);
    match cloud.iam.nodes.contains(&account.name) {
        true => Ok(account.full_name()),
        // The message is unverified.
        false => Err(ApiError::not_found("Requested entity was not found.")),
    }
}
