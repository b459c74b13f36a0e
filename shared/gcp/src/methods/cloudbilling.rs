//! Cloud Billing, v1: who may use and see a billing account.

use crate::{Client, Error, Idempotency, Method, Policy, Request, RequiredPermission, policy};
use names::BillingAccountName;

/// Every method of this file.
pub static ALL: &[&Method] = &[&GET_IAM_POLICY, &SET_IAM_POLICY];

/// Reads a billing account's policy.
pub static GET_IAM_POLICY: Method = Method::get(
    "cloudbilling.billingAccounts.getIamPolicy",
    "/v1/{+resource}:getIamPolicy",
)
.query(&["options.requestedPolicyVersion"])
.reads(policy::FIELDS)
.requires(|r| on_account("billing.accounts.getIamPolicy", r));

/// Writes a billing account's policy.
pub static SET_IAM_POLICY: Method = Method::post(
    "cloudbilling.billingAccounts.setIamPolicy",
    "/v1/{+resource}:setIamPolicy",
)
.sends(policy::SENT)
.reads(policy::FIELDS)
.idempotency(Idempotency::If(policy::is_fenced))
.requires(|r| on_account("billing.accounts.setIamPolicy", r));

fn on_account(permission: &'static str, r: &Request) -> Vec<RequiredPermission> {
    let name = r.path_value("resource");
    vec![RequiredPermission::on(
        permission,
        "cloudbilling.googleapis.com",
        name,
    )]
}

/// Reads a billing account's policy, conditions included.
///
/// # Errors
/// The call failed.
pub async fn get_iam_policy(
    client: &Client,
    account: &BillingAccountName,
) -> Result<Policy, Error> {
    let request = Request::new(&GET_IAM_POLICY)
        .path("resource", account)
        .query("options.requestedPolicyVersion", policy::VERSION);
    client.json(&request).await
}

/// Writes a billing account's policy as version 3.
///
/// # Errors
/// The call failed; a conflict (409, 412) if somebody else wrote since it was
/// read.
pub async fn set_iam_policy(
    client: &Client,
    account: &BillingAccountName,
    policy: &Policy,
) -> Result<Policy, Error> {
    let request = Request::new(&SET_IAM_POLICY)
        .path("resource", account)
        .json(&policy::sent(policy));
    client.json(&request).await
}
