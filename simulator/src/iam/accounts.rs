//! Service accounts: looked up and created.

use crate::{
    ApiError, Cloud,
    iam::{
        Iam,
        account::{Account, home},
        hash,
    },
};
use names::{Duration, Timestamp};

impl Iam {
    /// The account with this address or unique id.
    pub(crate) fn account(&self, key: &str) -> Option<(&String, &Account)> {
        if key.contains('@') {
            return self.accounts.entry(key);
        }
        self.accounts
            .iter()
            .find(|(_, account)| account.unique_id == key)
    }

    /// The address and the project of `projects/{project}/serviceAccounts/{key}`.
    /// An account that does not exist belongs to the project that its address
    /// names, so that whoever may see there is told 404.
    pub(super) fn account_project(&self, project: &str, key: &str) -> (String, String) {
        if let Some((email, account)) = self.account(key) {
            return (email.clone(), account.project.clone());
        }
        if let Some(grave) = self.graves.get(key) {
            return (key.to_owned(), grave.account.project.clone());
        }
        let named = home(key).unwrap_or(project);
        (
            key.to_owned(),
            if project == "-" { named } else { project }.to_owned(),
        )
    }

    /// A new account takes time to be known, where the cloud says so.
    pub(crate) fn spread(&mut self, email: &str, now: Timestamp) {
        let delay = self.account_delay;
        if let Some(account) = self.accounts.get_mut(email)
            && delay > Duration::ZERO
        {
            account.read_from = Some(now + delay);
            account.bound_from = Some(now + delay * 2);
        }
    }

    /// Makes `{id}@{project}.iam.gserviceaccount.com`.
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
            return Err(ApiError::exists(message));
        }
        let life = self.buried.get(&email).copied().unwrap_or(0);
        let account = Account {
            project: project.to_owned(),
            unique_id: format!("1{:020}", hash(&[&email, &life.to_string()])),
            display_name: display_name.to_owned(),
            description: description.to_owned(),
            disabled: false,
            read_from: None,
            bound_from: None,
        };
        self.accounts.insert(email.clone(), account);
        Ok(email)
    }
}

impl Cloud {
    /// Sets how long an account that a call makes is not found by reads; a
    /// policy may name it after twice that. Zero at first. Google says that it
    /// can take 60 seconds and more; that writes lag behind reads is unverified.
    pub fn set_account_delay(&mut self, delay: Duration) {
        self.iam.account_delay = delay;
    }

    /// Adds a service account, unless it is there, and says its address.
    pub fn add_account(&mut self, project: &str, account_id: &str) -> String {
        // The one error is that it exists.
        let _ = self.iam.create_account(project, account_id, "", "");
        format!("{account_id}@{project}.iam.gserviceaccount.com")
    }
}
