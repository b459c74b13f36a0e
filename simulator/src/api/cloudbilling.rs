//! Cloud Billing v1: who may use and see a billing account.

use crate::{
    ApiError, Call, Cloud,
    iam::{Need, Resource, policy_get, policy_set},
    route::{Route, routes},
};

pub(crate) const ROUTES: &[Route] = routes! {
    "cloudbilling" "cloudbilling.billingAccounts.getIamPolicy" GET "/v1/billingAccounts/{account}:getIamPolicy"
        |_, call| needs(call, "billing.accounts.getIamPolicy"),
        |cloud, call| policy_get(cloud, &known(cloud, call)?, call);
    "cloudbilling" "cloudbilling.billingAccounts.setIamPolicy" POST "/v1/billingAccounts/{account}:setIamPolicy"
        |_, call| needs(call, "billing.accounts.setIamPolicy"),
        |cloud, call| policy_set(cloud, &known(cloud, call)?, call);
};

fn account(call: &Call) -> Resource {
    let name = format!("billingAccounts/{}", call.path("account"));
    Resource::new("cloudbilling.googleapis.com", "BillingAccount", name)
}

fn needs(call: &Call, permission: &'static str) -> Result<Vec<Need>, ApiError> {
    Ok(vec![Need::new(permission, account(call))])
}

/// The full name of the account that the path names, if there is one.
fn known(cloud: &Cloud, call: &Call) -> Result<String, ApiError> {
    let account = account(call);
    match cloud.iam.nodes.contains(&account.name) {
        true => Ok(account.full_name()),
        // The words are unverified.
        false => Err(ApiError::not_found("Requested entity was not found.")),
    }
}
