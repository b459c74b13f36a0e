//! Service accounts are looked up.

use crate::{
    Cloud,
    iam::{
        Iam,
        identity::{Account, project_of_address},
    },
};
use names::{Duration, Timestamp};

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
