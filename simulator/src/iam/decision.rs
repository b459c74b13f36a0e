//! Access decisions: whether a principal has a permission on a resource.

use crate::{
    Cloud,
    iam::{
        Iam, Principal, Resource,
        hierarchy::{container, managed_folders, prefixes},
    },
};
use names::{Duration, Timestamp};
use std::collections::BTreeSet;

/// Maximum nesting of groups, which also stops cycles.
const MAX_NESTING: usize = 8;

impl Iam {
    /// `public` says whether `allUsers` and `allAuthenticatedUsers` count.
    fn decide(
        &self,
        principal: &Principal,
        permission: &str,
        resource: &Resource,
        public: bool,
        now: Timestamp,
    ) -> bool {
        let mut forbidden = self.forbidden.iter();
        if forbidden.any(|(email, p)| email == principal.email() && p == permission) {
            return false;
        }
        let (full, project) = self.canonical(&resource.full_name());
        let node = container(&full, project);
        let grants = |key: &str| self.grants(key, principal, permission, resource, public, now);
        prefixes(&full).any(grants)
            || managed_folders(&full).any(|key| grants(&key))
            || node.is_some_and(|node| self.ancestors(node).any(|key| grants(&key)))
    }

    fn grants(
        &self,
        key: &str,
        principal: &Principal,
        permission: &str,
        resource: &Resource,
        public: bool,
        now: Timestamp,
    ) -> bool {
        let Some(policy) = self.policies.get(key) else {
            return false;
        };
        policy.effective(now).iter().any(|binding| {
            binding
                .members
                .iter()
                .filter(|member| public || member.contains(':'))
                .any(|member| self.is_member(principal, member, now, MAX_NESTING))
                && self.role_grants(&binding.role, permission)
                && binding
                    .condition
                    .as_ref()
                    .is_none_or(|c| c.holds(resource, now))
        })
    }

    fn is_member(
        &self,
        principal: &Principal,
        member: &str,
        now: Timestamp,
        nested: usize,
    ) -> bool {
        if nested == 0 {
            return false;
        }
        let is_nested_member = |member: &String| self.is_member(principal, member, now, nested - 1);
        match member.split_once(':') {
            None => {
                member == "allUsers"
                    || member == "allAuthenticatedUsers" && !principal.is_anonymous()
            }
            Some(("group", name)) => self
                .groups
                .get(name)
                .is_some_and(|members| members.iter().any(is_nested_member)),
            Some(("domain", domain)) => {
                principal.as_str().starts_with("user:")
                    && principal
                        .email()
                        .split_once('@')
                        .is_some_and(|(_, host)| host == domain)
            }
            Some(("projectOwner", project)) => {
                self.has_basic(project, "roles/owner", now, is_nested_member)
            }
            Some(("projectEditor", project)) => {
                self.has_basic(project, "roles/editor", now, is_nested_member)
            }
            Some(("projectViewer", project)) => {
                self.has_basic(project, "roles/viewer", now, is_nested_member)
            }
            Some(_) => principal.as_str() == member,
        }
    }

    /// Whether the project's own policy grants the basic role to a member for
    /// which `is_one` is true.
    fn has_basic(
        &self,
        project: &str,
        role: &str,
        now: Timestamp,
        is_one: impl Fn(&String) -> bool,
    ) -> bool {
        let key = Resource::project(project).full_name();
        self.policies.get(&key).is_some_and(|policy| {
            let mut bindings = policy.effective(now).iter();
            bindings.any(|b| b.role == role && b.members.iter().any(&is_one))
        })
    }
}

impl Cloud {
    /// Whether `principal` has `permission` on `resource` at `now`.
    #[must_use]
    pub fn allows(
        &self,
        principal: &Principal,
        permission: &str,
        resource: &Resource,
        now: Timestamp,
    ) -> bool {
        let public = !self.storage.prevents_public_access(resource);
        self.iam
            .decide(principal, permission, resource, public, now)
    }

    /// Whether a search shows a resource to `principal`. What is open to
    /// everybody, like a project with public images, is not found.
    pub(crate) fn finds(
        &self,
        principal: &Principal,
        permission: &str,
        resource: &Resource,
        now: Timestamp,
    ) -> bool {
        self.iam.decide(principal, permission, resource, false, now)
    }

    /// Denies `permission` to the principal with this address from now on,
    /// whatever the policies. Not journaled.
    pub fn forbid(&mut self, email: &str, permission: &str) {
        self.iam
            .forbidden
            .insert((email.to_owned(), permission.to_owned()));
    }

    /// Sets the time until a policy change takes effect; initially zero.
    pub fn set_iam_delay(&mut self, delay: Duration) {
        self.iam.delay = delay;
    }

    /// Adds a group with these members (`user:…`), or replaces its members.
    pub fn add_group(&mut self, email: &str, members: &[&str]) {
        let members: BTreeSet<String> = members.iter().map(|&member| member.to_owned()).collect();
        self.iam.groups.insert(email, members);
    }
}
