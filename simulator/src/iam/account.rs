//! Service accounts.

use crate::iam::policy::Policy;
use names::Timestamp;
use serde::{Deserialize, Serialize};

/// A service account; keyed by its address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) project: String,
    /// 21 digits. Another account with the same address gets another one.
    pub(crate) unique_id: String,
    pub(crate) display_name: String,
    pub(crate) description: String,
    pub(crate) disabled: bool,
    /// Until then reads do not find it.
    #[serde(default)]
    pub(crate) read_from: Option<Timestamp>,
    /// Until then policies may not name it.
    #[serde(default)]
    pub(crate) bound_from: Option<Timestamp>,
}

/// The project in the address of an account that users make.
pub(super) fn home(email: &str) -> Option<&str> {
    email
        .split_once('@')?
        .1
        .strip_suffix(".iam.gserviceaccount.com")
}

/// A deleted account; keyed by its unique id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DeletedAccount {
    pub(super) email: String,
    pub(super) account: Account,
    pub(super) policy: Option<Policy>,
    pub(super) deleted: Timestamp,
}
