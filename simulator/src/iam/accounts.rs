//! Service accounts: what IAM knows of them, and how they are looked up.

use crate::{Cloud, iam::Iam};
use names::{Duration, Timestamp};

/// A service account as IAM needs it; keyed by its address, or by its unique ID
/// if it is deleted. All of it is read from a row (`api::iam`), which is the
/// only place that writes it.
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

impl Iam {
    /// The account with this address or unique ID.
    pub(crate) fn account(&self, key: &str) -> Option<(&String, &Account)> {
        if key.contains('@') {
            return self.accounts.get_key_value(key);
        }
        self.accounts
            .iter()
            .find(|(email, account)| account.unique_id == key && *email != key)
    }

    /// Address and project of `projects/{project}/serviceAccounts/{key}`. An
    /// account that does not exist belongs to the project in its address, so
    /// that callers with permission there get a 404.
    pub(crate) fn account_project(&self, project: &str, key: &str) -> (String, String) {
        let deleted = || self.accounts.get_key_value(key);
        if let Some((key, account)) = self.account(key).or_else(deleted) {
            return (key.clone(), account.project.clone());
        }
        let named = project_of_address(key).unwrap_or(project);
        (
            key.to_owned(),
            if project == "-" { named } else { project }.to_owned(),
        )
    }

    /// Whether reads find an account.
    pub(crate) fn is_readable(&self, account: &Account, now: Timestamp) -> bool {
        account.created + self.account_delay <= now
    }

    /// Whether policies can bind an account.
    pub(super) fn is_bindable(&self, account: &Account, now: Timestamp) -> bool {
        account.created + self.account_delay * 2 <= now
    }
}

impl Cloud {
    /// Sets for how long reads do not find a new service account; policies can
    /// bind it after twice that. Initially zero. Google documents 60 seconds and
    /// more; that writes lag behind reads is unverified.
    pub fn set_account_delay(&mut self, delay: Duration) {
        self.iam.account_delay = delay;
    }
}
