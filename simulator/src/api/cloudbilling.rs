//! Cloud Billing v1: the accounts of projects, and the policies of accounts.

use crate::{
    ApiError, ApiResponse, Call, Cloud,
    iam::{RequiredPermission, Resource, policy_get, policy_set, policy_test},
    route::{Route, routes},
};
use serde_json::json;

pub(crate) const ROUTES: &[Route] = routes! {
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

fn account(call: &Call) -> Resource {
    account_resource(format!("billingAccounts/{}", call.path("account")))
}

fn account_resource(name: impl Into<String>) -> Resource {
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
    let id = cloud.iam.project(call.path("project"));
    if let Some(id) = id.map(|(id, _)| id.to_owned()) {
        cloud.link_billing(&id, account);
    }
    billing_info(cloud, call)
}

fn billing_info(cloud: &Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let Some((id, node)) = cloud.iam.project(call.path("project")) else {
        return Err(ApiError::not_found("Requested entity was not found."));
    };
    Ok(ApiResponse::Json(json!({
        "name": format!("projects/{id}/billingInfo"),
        "projectId": id,
        "billingAccountName": node.billing_account.as_deref().unwrap_or_default(),
        "billingEnabled": node.billing_account.is_some(),
    })))
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
