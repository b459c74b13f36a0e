//! Access decisions: whether a principal has a permission on a resource.

use crate::{
    Cloud,
    iam::{
        Principal, Resource,
        hierarchy::{container, managed_folders, prefixes},
    },
};
use names::{Duration, Timestamp};

/// Maximum nesting of groups, which also stops cycles.
const MAX_NESTING: usize = 8;

/// Who asks for what, and when.
struct AccessCheck<'a> {
    cloud: &'a Cloud,
    principal: &'a Principal,
    permission: &'a str,
    resource: &'a Resource,
    /// Whether `allUsers` and `allAuthenticatedUsers` count.
    public: bool,
    now: Timestamp,
}

impl AccessCheck<'_> {
    fn decide(&self) -> bool {
        let iam = &self.cloud.iam;
        let mut forbidden = iam.forbidden.iter();
        if forbidden.any(|(email, p)| email == self.principal.email() && p == self.permission) {
            return false;
        }
        let (full, project) = iam.canonical(&self.resource.full_name());
        let node = container(&full, project);
        prefixes(&full).any(|key| self.grants(key))
            || managed_folders(&full).any(|key| self.grants(&key))
            || node.is_some_and(|node| iam.ancestors(node).any(|key| self.grants(&key)))
    }

    fn grants(&self, key: &str) -> bool {
        let Some(policy) = self.cloud.iam.policies.get(key) else {
            return false;
        };
        policy.effective(self.now).iter().any(|binding| {
            binding
                .members
                .iter()
                .filter(|member| self.public || member.contains(':'))
                .any(|member| self.is_member(member, MAX_NESTING))
                && self.cloud.iam.role_grants(&binding.role, self.permission)
                && binding
                    .condition
                    .as_ref()
                    .is_none_or(|c| c.holds(self.resource, self.now))
        })
    }

    fn is_member(&self, member: &str, nested: usize) -> bool {
        if nested == 0 {
            return false;
        }
        let principal = self.principal;
        let is_nested_member = |member: &String| self.is_member(member, nested - 1);
        match member.split_once(':') {
            None => {
                member == "allUsers"
                    || member == "allAuthenticatedUsers" && !principal.is_anonymous()
            }
            Some(("group", email)) => {
                let members = self.cloud.group_members(email);
                members.iter().any(is_nested_member)
            }
            Some(("domain", domain)) => {
                principal.as_str().starts_with("user:")
                    && principal
                        .email()
                        .split_once('@')
                        .is_some_and(|(_, host)| host == domain)
            }
            Some(("projectOwner", project)) => {
                self.has_basic(project, "roles/owner", is_nested_member)
            }
            Some(("projectEditor", project)) => {
                self.has_basic(project, "roles/editor", is_nested_member)
            }
            Some(("projectViewer", project)) => {
                self.has_basic(project, "roles/viewer", is_nested_member)
            }
            Some(_) => principal.as_str() == member,
        }
    }

    /// Whether the project's own policy grants the basic role to a member for
    /// which `is_one` is true.
    fn has_basic(&self, project: &str, role: &str, is_one: impl Fn(&String) -> bool) -> bool {
        let key = Resource::project(project).full_name();
        self.cloud.iam.policies.get(&key).is_some_and(|policy| {
            let mut bindings = policy.effective(self.now).iter();
            bindings.any(|b| b.role == role && b.members.iter().any(&is_one))
        })
    }
}

impl Cloud {
    fn access_check<'a>(
        &'a self,
        principal: &'a Principal,
        permission: &'a str,
        resource: &'a Resource,
        now: Timestamp,
    ) -> AccessCheck<'a> {
        AccessCheck {
            cloud: self,
            principal,
            permission,
            resource,
            public: false,
            now,
        }
    }

    /// Whether `principal` has `permission` on `resource` at `now`.
    #[must_use]
    pub fn allows(
        &self,
        principal: &Principal,
        permission: &str,
        resource: &Resource,
        now: Timestamp,
    ) -> bool {
        let check = AccessCheck {
            public: !self.storage.prevents_public_access(resource),
            ..self.access_check(principal, permission, resource, now)
        };
        check.decide()
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
        self.access_check(principal, permission, resource, now)
            .decide()
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
}
