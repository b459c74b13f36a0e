//! Cloud Billing, v1: the policies of billing accounts.

use crate::{Idempotency, Method, Policy, Request, RequiredPermission, policy};
use names::BillingAccountName;

/// Every method of this module.
pub static ALL: &[&Method] = &[&GET_IAM_POLICY, &SET_IAM_POLICY];

/// Reads a billing account's policy.
pub static GET_IAM_POLICY: Method = Method::get(
    "cloudbilling.billingAccounts.getIamPolicy",
    "/v1/{+resource}:getIamPolicy",
)
.query(&["options.requestedPolicyVersion"])
.response_fields(policy::FIELDS)
.requires(|r| on_account("billing.accounts.getIamPolicy", r));

/// Writes a billing account's policy.
pub static SET_IAM_POLICY: Method = Method::post(
    "cloudbilling.billingAccounts.setIamPolicy",
    "/v1/{+resource}:setIamPolicy",
)
.request_fields(policy::SET_FIELDS)
.response_fields(policy::FIELDS)
.idempotency(Idempotency::If(policy::has_etag))
.requires(|r| on_account("billing.accounts.setIamPolicy", r));

fn on_account(permission: &'static str, r: &Request) -> Vec<RequiredPermission> {
    let name = r.path_value("resource");
    vec![RequiredPermission::on(
        permission,
        "cloudbilling.googleapis.com",
        name,
    )]
}

impl policy::GetIamPolicy for BillingAccountName {
    fn get_iam_policy(&self) -> Request {
        policy::get_request(&GET_IAM_POLICY, self)
    }
}

impl policy::SetIamPolicy for BillingAccountName {
    fn set_iam_policy(&self, policy: &Policy) -> Request {
        policy::set_request(&SET_IAM_POLICY, self, policy)
    }
}
