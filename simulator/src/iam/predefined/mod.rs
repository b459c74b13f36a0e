//! Predefined roles, limited to the resource types that are simulated.
//!
//! The tables are text: a role, then `service.resource:` and its verbs. They
//! omit permissions for tags, billing and networking that no method here
//! requires. From Google's role definitions of 2026-11.

mod basic;
mod compute;
mod services;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

pub(super) type Roles = BTreeMap<&'static str, BTreeSet<String>>;

/// The permissions of a predefined role; `None` if it is not in the tables.
pub(super) fn permissions(role: &str) -> Option<&'static BTreeSet<String>> {
    all().get(role)
}

/// Whether this is a basic role, on which Google refuses conditions.
pub(super) fn is_basic(role: &str) -> bool {
    matches!(role, "roles/owner" | "roles/editor" | "roles/viewer")
}

pub(super) fn all() -> &'static Roles {
    static ROLES: OnceLock<Roles> = OnceLock::new();
    ROLES.get_or_init(|| {
        let mut roles = Roles::new();
        let (mut role, mut resource) = ("", "");
        let texts = [basic::ROLES, compute::ROLES, services::ROLES];
        for word in texts.iter().flat_map(|text| text.split_whitespace()) {
            if word.starts_with("roles/") {
                role = word;
            } else if let Some(prefix) = word.strip_suffix(':') {
                resource = prefix;
            } else {
                roles
                    .entry(role)
                    .or_default()
                    .insert(format!("{resource}.{word}"));
            }
        }
        roles
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_grant_what_their_definitions_say() {
        let grants = |role, p| permissions(role).expect("a role").contains(p);
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
        assert!(permissions("roles/nonesuch").is_none());
    }

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "the definitions are not part of the project"
    )]
    fn every_permission_is_in_googles_definitions() {
        let Ok(folder) = std::env::var("GROUNDCREW_SHARED") else {
            println!("GROUNDCREW_SHARED is not set: the roles were not compared");
            return;
        };
        let text = std::fs::read(format!("{folder}/iam/predefined-roles.json")).expect("readable");
        let google: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
        for (role, permissions) in all() {
            let Some(theirs) = google[role]["permissions"].as_array() else {
                assert_eq!(
                    *role, "roles/compute.imageUser",
                    "{role} is not in the definitions"
                );
                continue;
            };
            for permission in permissions {
                let known = theirs.iter().any(|p| p.as_str() == Some(permission));
                assert!(known, "{role} does not grant {permission}");
            }
        }
    }
}
