//! What is deleted and can come back for a while: accounts and custom roles.

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

/// An account can be undeleted for so long.
const ACCOUNT_KEPT: Duration = DAY.saturating_mul(30);

/// A role can be undeleted for so long; then its bindings go.
const ROLE_KEPT: Duration = DAY.saturating_mul(7);

/// A role's id is free again.
const ROLE_ID_FREE: Duration = DAY.saturating_mul(37);

impl Iam {
    /// Deletes an account: its tokens die, and its members in policies become
    /// `deleted:…?uid=…`, which an account made anew does not inherit.
    pub(crate) fn delete_account(&mut self, email: &str, now: Timestamp) {
        let Some(account) = self.accounts.remove(email) else {
            return;
        };
        let life = self.buried.get(email).copied().unwrap_or(0);
        self.buried.insert(email, life + 1);
        let member = format!("serviceAccount:{email}");
        self.revoke(&member);
        let policy = self.policies.remove(&policy_key(&account, email));
        let unique_id = account.unique_id.clone();
        self.rename(&member, &dead(email, &unique_id));
        let grave = DeletedAccount {
            email: email.to_owned(),
            account,
            policy,
            deleted: now,
        };
        self.graves.insert(unique_id, grave);
    }

    /// Brings the account with this unique id back, with its own policy and
    /// all that it held, and says its address.
    pub(crate) fn undelete_account(&mut self, unique_id: &str) -> Result<String, ApiError> {
        let grave = self.graves.get(unique_id);
        let email = grave.map(|grave| grave.email.clone());
        let email = email.ok_or_else(|| ApiError::not_found("Unknown service account"))?;
        if self.accounts.contains(&email) {
            return Err(ApiError::exists(format!(
                "Service account {email} already exists."
            )));
        }
        let grave = self.graves.remove(unique_id).expect("looked up above");
        if let Some(policy) = grave.policy {
            self.policies
                .insert(policy_key(&grave.account, &email), policy);
        }
        self.rename(&dead(&email, unique_id), &format!("serviceAccount:{email}"));
        self.accounts.insert(email.as_str(), grave.account);
        Ok(email)
    }

    fn rename(&mut self, member: &str, new: &str) {
        self.edit_policies(
            |policy| policy.mentions(member),
            |policy| policy.rename(member, new),
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

    /// When something deleted next goes further.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let graves = self
            .graves
            .iter()
            .map(|(_, grave)| grave.deleted + ACCOUNT_KEPT);
        let roles = self.roles.iter().filter_map(|(_, role)| {
            let after = if role.purged { ROLE_ID_FREE } else { ROLE_KEPT };
            Some(role.deleted? + after)
        });
        graves.chain(roles).min()
    }

    pub(crate) fn advance(&mut self, now: Timestamp) {
        let graves = self
            .graves
            .iter()
            .filter(|(_, grave)| grave.deleted + ACCOUNT_KEPT <= now);
        let graves: Vec<String> = graves.map(|(id, _)| id.clone()).collect();
        for id in graves {
            self.graves.remove(&id);
        }
        let roles = self.roles.iter().filter(|(_, role)| {
            let late = |kept| role.deleted.is_some_and(|at| at + kept <= now);
            late(ROLE_ID_FREE) || !role.purged && late(ROLE_KEPT)
        });
        let names: Vec<String> = roles.map(|(name, _)| name.clone()).collect();
        for name in names {
            let free = self.roles.get_mut(&name).map(|role| {
                role.purged = true;
                role.deleted.is_some_and(|at| at + ROLE_ID_FREE <= now)
            });
            if free == Some(true) {
                self.roles.remove(&name);
            }
            self.edit_policies(|policy| policy.binds(&name), |policy| policy.unbind(&name));
        }
    }
}

fn dead(email: &str, unique_id: &str) -> String {
    format!("deleted:serviceAccount:{email}?uid={unique_id}")
}

fn policy_key(account: &Account, email: &str) -> String {
    let name = format!("projects/{}/serviceAccounts/{email}", account.project);
    format!("//iam.googleapis.com/{name}")
}
