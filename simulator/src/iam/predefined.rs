//! Google's predefined roles of the services that are simulated, and those that
//! hold any of their permissions.

use serde::Deserialize;
use std::{collections::BTreeMap, sync::LazyLock};

/// What `groundcrew generate` writes. Its source is complete for the services
/// of its permissions; other permissions no predefined role has here.
#[derive(Deserialize)]
struct Table {
    /// The permissions of all roles, sorted.
    #[serde(borrow)]
    permissions: Vec<&'static str>,
    #[serde(borrow)]
    roles: BTreeMap<&'static str, PredefinedRole>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let table = include_str!("../../data/roles.json");
    serde_json::from_str(table).expect("a test has read the table")
});

/// A predefined role.
#[derive(Deserialize)]
pub(crate) struct PredefinedRole {
    pub(crate) title: &'static str,
    pub(crate) stage: &'static str,
    /// The first and last index of each run of permissions, ascending.
    permissions: Vec<(usize, usize)>,
}

impl PredefinedRole {
    pub(super) fn grants(&self, permission: &str) -> bool {
        let Ok(index) = TABLE.permissions.binary_search(&permission) else {
            return false;
        };
        let run = self.permissions.partition_point(|(_, last)| *last < index);
        let run = self.permissions.get(run);
        run.is_some_and(|(first, _)| *first <= index)
    }

    /// Its permissions, sorted.
    pub(crate) fn permissions(&self) -> impl Iterator<Item = &'static str> {
        let runs = self.permissions.iter();
        runs.flat_map(|(first, last)| &TABLE.permissions[*first..=*last])
            .copied()
    }
}

/// The predefined role with this name (`roles/…`).
pub(super) fn find(role: &str) -> Option<&'static PredefinedRole> {
    TABLE.roles.get(role)
}

/// All predefined roles, sorted by name.
pub(crate) fn predefined_roles() -> impl Iterator<Item = (&'static str, &'static PredefinedRole)> {
    TABLE.roles.iter().map(|(name, role)| (*name, role))
}

/// All permissions that a predefined role has, sorted.
pub(crate) fn all_permissions() -> impl Iterator<Item = &'static str> {
    TABLE.permissions.iter().copied()
}

/// Whether this is a basic role, on which Google refuses conditions.
pub(super) fn is_basic(role: &str) -> bool {
    matches!(role, "roles/owner" | "roles/editor" | "roles/viewer")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_grant_what_their_definitions_say() {
        let grants = |role, permission| find(role).expect("a role").grants(permission);
        for (role, permission, granted) in [
            (
                "roles/compute.instanceAdmin.v1",
                "compute.instances.create",
                true,
            ),
            (
                "roles/compute.instanceAdmin.v1",
                "iam.serviceAccounts.actAs",
                false,
            ),
            (
                "roles/storage.objectCreator",
                "storage.objects.create",
                true,
            ),
            (
                "roles/storage.objectCreator",
                "storage.objects.delete",
                false,
            ),
            // The first and last of the list, and of a run.
            ("roles/compute.imageUser", "compute.images.get", true),
            (
                "roles/compute.imageUser",
                "compute.images.useReadOnly",
                true,
            ),
            ("roles/compute.imageUser", "compute.images.update", false),
            ("roles/billing.admin", "billing.accounts.setIamPolicy", true),
            ("roles/billing.admin", "billing.accounts.create", false),
            ("roles/owner", "nonesuch.things.get", false),
            ("roles/owner", "storage.objects.get", false),
            ("roles/owner", "iam.serviceAccounts.getAccessToken", false),
            (
                "roles/editor",
                "resourcemanager.projects.setIamPolicy",
                false,
            ),
        ] {
            assert_eq!(grants(role, permission), granted, "{role} {permission}");
        }
        assert!(find("roles/nonesuch").is_none());
    }

    #[test]
    fn a_role_lists_what_it_grants() {
        for (name, role) in predefined_roles() {
            let listed: Vec<_> = role.permissions().collect();
            assert!(listed.is_sorted(), "{name}");
            let granted = TABLE.permissions.iter().filter(|p| role.grants(p));
            assert!(granted.eq(&listed), "{name}");
        }
    }
}
