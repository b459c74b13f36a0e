//! Projects, folders, organisations and billing accounts, as IAM needs them.

use serde::{Deserialize, Serialize};

/// A project, folder, organisation or billing account; keyed `projects/p`,
/// `folders/1`, `organizations/1`, `billingAccounts/a`. What else is known of a
/// project or folder is in its row (`api::resourcemanager`), which is the only
/// place that writes its node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Node {
    pub(crate) number: u64,
    /// `folders/1` or `organizations/1`.
    pub(crate) parent: Option<String>,
    /// Of a project: `billingAccounts/a`, if it is linked to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) billing_account: Option<String>,
    /// Of an organisation, if it was declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) customer: Option<Customer>,
}

/// The Google Workspace or Cloud Identity customer of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Customer {
    /// `C0abc1234`.
    pub(crate) id: String,
    /// Of the addresses of its users and groups.
    pub(crate) domains: Vec<String>,
}
