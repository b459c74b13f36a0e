//! Cloud Billing v1: the IAM policies of billing accounts.

use crate::{
    ApiError, Call, Cloud,
    iam::{RequiredPermission, Resource, policy_get, policy_set},
    route::{Route, routes},
};

pub(crate) const ROUTES: &[Route] = routes! {
    "cloudbilling" "cloudbilling.billingAccounts.getIamPolicy" GET "/v1/billingAccounts/{account}:getIamPolicy"
        |_, call| required_permissions(call, "billing.accounts.getIamPolicy"),
        |cloud, call| policy_get(cloud, &existing_account(cloud, call)?, call);
    "cloudbilling" "cloudbilling.billingAccounts.setIamPolicy" POST "/v1/billingAccounts/{account}:setIamPolicy"
        |_, call| required_permissions(call, "billing.accounts.setIamPolicy"),
        |cloud, call| policy_set(cloud, &existing_account(cloud, call)?, call);
};

fn account(call: &Call) -> Resource {
    let name = format!("billingAccounts/{}", call.path("account"));
    Resource::new("cloudbilling.googleapis.com", "BillingAccount", name)
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
