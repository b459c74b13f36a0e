//! What the deletion of service accounts and custom roles does to policies.

use crate::iam::{Iam, policy::Policy};

impl Iam {
    /// Revokes the tokens of a deleted account. A new account with the same address
    /// does not have its bindings.
    pub(crate) fn unbind_account(&mut self, email: &str, unique_id: &str) {
        let member = format!("serviceAccount:{email}");
        self.revoke(&member);
        self.unbind(&member, unique_id);
    }

    /// Policies refer to a deleted member (`group:…`) as `deleted:…?uid=…`.
    pub(crate) fn unbind(&mut self, member: &str, unique_id: &str) {
        self.rename_member(member, &deleted_member(member, unique_id));
    }

    /// Restores the bindings of an account that is no longer deleted.
    pub(crate) fn bind_account(&mut self, email: &str, unique_id: &str) {
        let member = format!("serviceAccount:{email}");
        self.rename_member(&deleted_member(&member, unique_id), &member);
    }

    /// Moves the policy of a resource to the one with another full name.
    pub(crate) fn move_policy(&mut self, from: &str, to: &str) {
        if let Some(policy) = self.policies.remove(from) {
            self.policies.insert(to, policy);
        }
    }

    /// Forgets an account that cannot be undeleted any more, or a role, whose
    /// bindings are removed.
    pub(super) fn forget_identity(&mut self, name: &str) {
        if self.roles.remove(name).is_some() {
            self.edit_policies(|policy| policy.binds(name), |policy| policy.unbind(name));
        } else if let Some((_, key)) = name.rsplit_once('/') {
            self.accounts.remove(key);
        }
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
}

fn deleted_member(member: &str, unique_id: &str) -> String {
    format!("deleted:{member}?uid={unique_id}")
}
