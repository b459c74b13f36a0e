//! Cloud Billing Budgets, v1.

use crate::{Collection, Idempotency, NewId, collection::collection};

/// Every collection of this module.
pub static COLLECTIONS: &[&Collection] = &[&BUDGETS];

const FIELDS: &[&str] = &[
    "displayName",
    "amount.specifiedAmount.currencyCode",
    "amount.specifiedAmount.units",
    "budgetFilter.resourceAncestors",
    "thresholdRules.thresholdPercent",
];

collection! {
    /// Budgets of a billing account.
    BUDGETS = "billingbudgets.billingAccounts.budgets" ("billing.budgets"),
    "billingAccounts/012345-6789AB-CDEF01/budgets/b", items: "budgets", id: NewId::Assigned;
    create post "/v1/{+parent}/budgets" (create Resource).request_fields(FIELDS);
    list get "/v1/{+parent}/budgets" (list Resource)
        .query(&["pageToken"])
        .response_fields(&[
            "budgets.name",
            "budgets.displayName",
            "budgets.amount.specifiedAmount.currencyCode",
            "budgets.amount.specifiedAmount.units",
            "budgets.budgetFilter.resourceAncestors",
            "budgets.thresholdRules.thresholdPercent",
            "nextPageToken",
        ]);
    patch patch "/v1/{+name}" (get Resource, update Resource)
        .query(&["updateMask"]).request_fields(FIELDS)
        .idempotency(Idempotency::Always);
    delete delete "/v1/{+name}" (delete Resource);
}
