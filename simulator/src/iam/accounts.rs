//! Service accounts: looked up and created.

use crate::{
    ApiError, Cloud,
    iam::{
        Iam,
        account::{Account, project_of_address},
        hash,
    },
};
use names::{Duration, Timestamp};

impl Iam {
    /// The account with this address or unique ID.
    pub(crate) fn account(&self, key: &str) -> Option<(&String, &Account)> {
        if key.contains('@') {
            return self.accounts.get_with_key(key);
        }
        self.accounts
            .iter()
            .find(|(_, account)| account.unique_id == key)
    }

    /// Address and project of `projects/{project}/serviceAccounts/{key}`. An
    /// account that does not exist belongs to the project in its address, so
    /// that callers with permission there get a 404.
    pub(super) fn account_project(&self, project: &str, key: &str) -> (String, String) {
        if let Some((email, account)) = self.account(key) {
            return (email.clone(), account.project.clone());
        }
        if let Some(deleted) = self.deleted_accounts.get(key) {
            return (key.to_owned(), deleted.account.project.clone());
        }
        let named = project_of_address(key).unwrap_or(project);
        (
            key.to_owned(),
            if project == "-" { named } else { project }.to_owned(),
        )
    }

    /// Delays the visibility of a new account, if the cloud is set up so.
    pub(crate) fn delay_visibility(&mut self, email: &str, now: Timestamp) {
        let delay = self.account_delay;
        if let Some(account) = self.accounts.get_mut(email)
            && delay > Duration::ZERO
        {
            account.readable_from = Some(now + delay);
            account.bindable_from = Some(now + delay * 2);
        }
    }

    /// Creates `{id}@{project}.iam.gserviceaccount.com`.
    pub(crate) fn create_account(
        &mut self,
        project: &str,
        id: &str,
        display_name: &str,
        description: &str,
    ) -> Result<String, ApiError> {
        let email = format!("{id}@{project}.iam.gserviceaccount.com");
        if self.accounts.contains(&email) {
            let message =
                format!("Service account {id} already exists within project projects/{project}.");
            return Err(ApiError::already_exists(message));
        }
        let deletions = self.deletion_counts.get(&email).copied().unwrap_or(0);
        let account = Account {
            project: project.to_owned(),
            unique_id: format!("1{:020}", hash(&[&email, &deletions.to_string()])),
            display_name: display_name.to_owned(),
            description: description.to_owned(),
            disabled: false,
            readable_from: None,
            bindable_from: None,
        };
        self.accounts.insert(email.clone(), account);
        Ok(email)
    }
}

impl Cloud {
    /// Sets for how long reads do not find a service account that was created
    /// by a call; policies can bind it after twice that. Initially zero. Google
    /// documents 60 seconds and more; that writes lag behind reads is
    /// unverified.
    pub fn set_account_delay(&mut self, delay: Duration) {
        self.iam.account_delay = delay;
    }

    /// Adds a service account, unless it exists, and returns its address.
    pub fn add_account(&mut self, project: &str, account_id: &str) -> String {
        // The only possible error is that it exists.
        let _ = self.iam.create_account(project, account_id, "", "");
        format!("{account_id}@{project}.iam.gserviceaccount.com")
    }
}
