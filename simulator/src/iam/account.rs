//! Service accounts as they are stored, live and deleted.

use crate::iam::policy::Policy;
use names::Timestamp;
use serde::{Deserialize, Serialize};

/// A service account; keyed by its address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) project: String,
    /// 21 digits, different for each account with the same address.
    pub(crate) unique_id: String,
    pub(crate) display_name: String,
    pub(crate) description: String,
    pub(crate) disabled: bool,
    /// Before this time reads do not find it.
    #[serde(default)]
    pub(crate) readable_from: Option<Timestamp>,
    /// Before this time policies cannot bind it.
    #[serde(default)]
    pub(crate) bindable_from: Option<Timestamp>,
}

/// The project in the address of a user-managed service account.
pub(super) fn project_of_address(email: &str) -> Option<&str> {
    email
        .split_once('@')?
        .1
        .strip_suffix(".iam.gserviceaccount.com")
}

/// A deleted service account that can be undeleted; keyed by its unique ID.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DeletedAccount {
    pub(super) email: String,
    pub(super) account: Account,
    pub(super) policy: Option<Policy>,
    pub(super) deleted: Timestamp,
}
