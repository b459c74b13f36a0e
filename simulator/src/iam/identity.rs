//! Service accounts and custom roles as IAM needs them. All of it is read from
//! rows (`api::iam`), which is the only place that writes it.

use names::Timestamp;
use std::collections::BTreeSet;

/// A service account; keyed by its address, or by its unique ID if it is
/// deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) project: String,
    /// 21 digits, different for each account with the same address.
    pub(crate) unique_id: String,
    pub(crate) disabled: bool,
    pub(crate) created: Timestamp,
}

/// The project in the address of a user-managed service account.
pub(super) fn project_of_address(email: &str) -> Option<&str> {
    email
        .split_once('@')?
        .1
        .strip_suffix(".iam.gserviceaccount.com")
}

/// The address of the Compute Engine default service account of the project with
/// this number.
pub(crate) fn compute_account(number: &str) -> String {
    format!("{number}-compute@developer.gserviceaccount.com")
}

/// A custom role; keyed `projects/p/roles/r` or `organizations/1/roles/r`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Role {
    /// What it grants: nothing if it is deleted or disabled.
    pub(crate) permissions: BTreeSet<String>,
    /// Whether it can no longer be bound anew.
    pub(crate) is_deleted: bool,
}
