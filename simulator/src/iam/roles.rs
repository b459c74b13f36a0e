//! The permissions of roles.

use crate::iam::{Iam, PredefinedRole, predefined};

impl Iam {
    /// The predefined role with this name (`roles/…`).
    pub(crate) fn predefined(&self, role: &str) -> Option<&'static PredefinedRole> {
        predefined::find(role)
    }

    pub(super) fn role_grants(&self, role: &str, permission: &str) -> bool {
        match self.roles.get(role) {
            Some(custom) => custom.permissions.contains(permission),
            None => predefined::find(role).is_some_and(|role| role.grants(permission)),
        }
    }
}
