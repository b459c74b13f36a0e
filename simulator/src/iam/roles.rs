//! The permissions of roles.

use crate::iam::{Iam, PredefinedRole, predefined};
use std::collections::BTreeSet;

/// A custom role as IAM needs it; keyed `projects/p/roles/r` or
/// `organizations/1/roles/r`. All of it is read from a row (`api::iam`), which
/// is the only place that writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Role {
    /// What it grants: nothing if it is deleted or disabled.
    pub(crate) permissions: BTreeSet<String>,
    /// Whether it can no longer be bound anew.
    pub(crate) is_deleted: bool,
}

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
