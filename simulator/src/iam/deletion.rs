//! Deletion of service accounts and custom roles, which can be undone for a
//! while.

use crate::{
    ApiError,
    iam::{
        Iam,
        account::{Account, DeletedAccount},
        policy::Policy,
    },
};
use names::{Duration, Timestamp};

const DAY: Duration = Duration::from_secs(86_400);

/// How long an account can be undeleted.
const ACCOUNT_RETENTION: Duration = DAY.saturating_mul(30);

/// How long a role can be undeleted; its bindings are removed then.
const ROLE_RETENTION: Duration = DAY.saturating_mul(7);

/// How long the ID of a deleted role cannot be reused.
const ROLE_ID_RESERVED: Duration = DAY.saturating_mul(37);

impl Iam {
    /// Deletes an account: its tokens are revoked, and policies refer to it as
    /// `deleted:…?uid=…`, which a new account with the same address does not
    /// match.
    pub(crate) fn delete_account(&mut self, email: &str, now: Timestamp) {
        let Some(account) = self.accounts.remove(email) else {
            return;
        };
        let deletions = self.deletion_counts.get(email).copied().unwrap_or(0);
        self.deletion_counts.insert(email, deletions + 1);
        let member = format!("serviceAccount:{email}");
        self.revoke(&member);
        let policy = self.policies.remove(&policy_key(&account, email));
        let unique_id = account.unique_id.clone();
        self.rename_member(&member, &deleted_member(email, &unique_id));
        let deleted = DeletedAccount {
            email: email.to_owned(),
            account,
            policy,
            deleted: now,
        };
        self.deleted_accounts.insert(unique_id, deleted);
    }

    /// Restores the deleted account with this unique ID, with its policy and
    /// bindings, and returns its address.
    pub(crate) fn undelete_account(&mut self, unique_id: &str) -> Result<String, ApiError> {
        let deleted = self.deleted_accounts.get(unique_id);
        let email = deleted.map(|deleted| deleted.email.clone());
        let email = email.ok_or_else(|| ApiError::not_found("Unknown service account"))?;
        if self.accounts.contains(&email) {
            return Err(ApiError::already_exists(format!(
                "Service account {email} already exists."
            )));
        }
        let deleted = self
            .deleted_accounts
            .remove(unique_id)
            .expect("looked up above");
        if let Some(policy) = deleted.policy {
            self.policies
                .insert(policy_key(&deleted.account, &email), policy);
        }
        self.rename_member(
            &deleted_member(&email, unique_id),
            &format!("serviceAccount:{email}"),
        );
        self.accounts.insert(email.as_str(), deleted.account);
        Ok(email)
    }

    fn rename_member(&mut self, member: &str, new: &str) {
        self.edit_policies(
            |policy| policy.mentions(member),
            |policy| policy.rename_member(member, new),
        );
    }

    fn edit_policies(&mut self, concerned: impl Fn(&Policy) -> bool, edit: impl Fn(&mut Policy)) {
        let all = self.policies.iter().filter(|(_, policy)| concerned(policy));
        let keys: Vec<String> = all.map(|(key, _)| key.clone()).collect();
        for key in keys {
            if let Some(policy) = self.policies.get_mut(&key) {
                edit(policy);
            }
        }
    }

    /// When the retention of something deleted next ends.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let deleted_accounts = self
            .deleted_accounts
            .iter()
            .map(|(_, deleted)| deleted.deleted + ACCOUNT_RETENTION);
        let roles = self.roles.iter().filter_map(|(_, role)| {
            let after = if role.purged {
                ROLE_ID_RESERVED
            } else {
                ROLE_RETENTION
            };
            Some(role.deleted? + after)
        });
        deleted_accounts.chain(roles).min()
    }

    pub(crate) fn advance(&mut self, now: Timestamp) {
        let deleted_accounts = self
            .deleted_accounts
            .iter()
            .filter(|(_, deleted)| deleted.deleted + ACCOUNT_RETENTION <= now);
        let deleted_accounts: Vec<String> = deleted_accounts.map(|(id, _)| id.clone()).collect();
        for id in deleted_accounts {
            self.deleted_accounts.remove(&id);
        }
        let roles = self.roles.iter().filter(|(_, role)| {
            let late = |kept| role.deleted.is_some_and(|at| at + kept <= now);
            late(ROLE_ID_RESERVED) || !role.purged && late(ROLE_RETENTION)
        });
        let names: Vec<String> = roles.map(|(name, _)| name.clone()).collect();
        for name in names {
            let free = self.roles.get_mut(&name).map(|role| {
                role.purged = true;
                role.deleted.is_some_and(|at| at + ROLE_ID_RESERVED <= now)
            });
            if free == Some(true) {
                self.roles.remove(&name);
            }
            self.edit_policies(|policy| policy.binds(&name), |policy| policy.unbind(&name));
        }
    }
}

fn deleted_member(email: &str, unique_id: &str) -> String {
    format!("deleted:serviceAccount:{email}?uid={unique_id}")
}

fn policy_key(account: &Account, email: &str) -> String {
    let name = format!("projects/{}/serviceAccounts/{email}", account.project);
    format!("//iam.googleapis.com/{name}")
}
