//! The permissions of roles.

use crate::{
    Cloud,
    iam::{Iam, PredefinedRole, Role, predefined},
};

impl Iam {
    /// The predefined role with this name (`roles/…`).
    pub(crate) fn predefined(&self, role: &str) -> Option<&'static PredefinedRole> {
        predefined::find(role)
    }

    pub(super) fn role_grants(&self, role: &str, permission: &str) -> bool {
        match self.roles.get(role) {
            Some(custom) => {
                custom.deleted.is_none()
                    && custom.stage != "DISABLED"
                    && custom.permissions.contains(permission)
            }
            None => predefined::find(role).is_some_and(|role| role.grants(permission)),
        }
    }
}

impl Cloud {
    /// Adds or replaces a custom role, `projects/p/roles/r` or
    /// `organizations/1/roles/r`.
    pub fn add_role(&mut self, name: &str, permissions: &[&str]) {
        let role = Role {
            title: name.to_owned(),
            permissions: permissions.iter().map(|&p| p.to_owned()).collect(),
            stage: "GA".to_owned(),
            revision: self.iam.roles.get(name).map_or(0, |role| role.revision) + 1,
            ..Role::default()
        };
        self.iam.roles.insert(name, role);
    }
}
