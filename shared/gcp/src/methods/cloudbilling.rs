//! Cloud Billing, v1: the policies of billing accounts.

use crate::{Collection, ResourceName, collection::collection, policy};
use names::BillingAccountName;
use serde_json::Value;

/// Every collection of this module.
pub static COLLECTIONS: &[&Collection] = &[&ACCOUNTS];

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
