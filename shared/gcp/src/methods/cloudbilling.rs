//! Cloud Billing, v1: the policies of billing accounts, and who pays for a project.

use crate::{
    Client, Collection, Error, Idempotency, Method, On, Request, RequiredPermission, ResourceName,
    collection::collection, permission::GrantedPermissions, policy,
};
use names::BillingAccountName;
use serde_json::{Value, json};

/// Every collection of this module.
pub static COLLECTIONS: &[&Collection] = &[&ACCOUNTS];

/// Every other method of this module.
pub static ALL: &[&Method] = &[
    &BILLING_INFO_GET,
    &BILLING_INFO_UPDATE,
    &TEST_IAM_PERMISSIONS,
];

/// Reads who pays for a project.
pub static BILLING_INFO_GET: Method = Method::get(
    "cloudbilling.projects.getBillingInfo",
    "/v1/{+name}/billingInfo",
)
.response_fields(&["billingAccountName", "billingEnabled"])
.needs(&[("resourcemanager.projects.get", On::Resource)]);

/// Has an account pay for a project.
pub static BILLING_INFO_UPDATE: Method = Method::put(
    "cloudbilling.projects.updateBillingInfo",
    "/v1/{+name}/billingInfo",
)
.request_fields(&["billingAccountName"])
.response_fields(&["billingAccountName", "billingEnabled"])
.idempotency(Idempotency::Always)
.needs(&[(
    "resourcemanager.projects.createBillingAssignment",
    On::Resource,
)])
.requires(|r| {
    let account = r.body_json()["billingAccountName"].as_str();
    let create = "billing.resourceAssociations.create";
    let on_account = |name| RequiredPermission::on(create, "cloudbilling.googleapis.com", name);
    account.map(on_account).into_iter().collect()
});

/// Tests which permissions the caller has. Requires none.
pub static TEST_IAM_PERMISSIONS: Method = Method::post(
    "cloudbilling.billingAccounts.testIamPermissions",
    "/v1/{+resource}:testIamPermissions",
)
.request_fields(&["permissions"])
.response_fields(&["permissions"])
.idempotency(Idempotency::Always);

/// Returns those of `permissions` that the caller has on a billing account.
///
/// # Errors
/// The call failed.
pub async fn test_iam_permissions(
    client: &Client,
    account: &BillingAccountName,
    permissions: &[&str],
) -> Result<Vec<String>, Error> {
    let request = Request::on(&TEST_IAM_PERMISSIONS, account.as_str())
        .json(&json!({"permissions": permissions}));
    Ok(client
        .json::<GrantedPermissions>(&request)
        .await?
        .permissions)
}

collection! {
    /// Billing accounts.
    ACCOUNTS = "cloudbilling.billingAccounts" ("billing.accounts"),
    "billingAccounts/012345-6789AB-CDEF01";
    getIamPolicy get "/v1/{+resource}:getIamPolicy" (getIamPolicy Resource)
        .query(policy::VERSION_QUERY).reads_policy();
    setIamPolicy post "/v1/{+resource}:setIamPolicy" (setIamPolicy Resource).writes_policy();
}

impl ResourceName for BillingAccountName {
    type Resource = Value;
    type Listed = Value;
    const COLLECTION: &'static Collection = &ACCOUNTS;
}
