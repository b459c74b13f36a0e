//! Reads and writes of policies.

use crate::{
    ApiError, Cloud,
    base64_field::is_same,
    iam::{
        Iam,
        condition::Condition,
        identity::project_of_address,
        policy::{Binding, Policy, SubmittedPolicy},
        predefined,
    },
};
use names::{Duration, Timestamp};
use serde_json::{Map, Value};

impl Iam {
    /// The policy with this canonical full name; empty if none was written.
    pub(super) fn policy(&self, key: &str) -> Policy {
        self.policies.get(key).cloned().unwrap_or_default()
    }

    /// Whether the `auditConfigs` of a project, folder or organisation, or of what
    /// contains it, ask for calls of `log_type` to a service.
    pub(crate) fn audits(
        &self,
        container: String,
        service: &str,
        log_type: &str,
        caller: &str,
    ) -> bool {
        let policies = self.ancestors(container);
        let policies = policies.filter_map(|key| self.policies.get(&key));
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let configs = policies.flat_map(|policy| policy.audit_configs.as_ref().map(list));
        let mut logs = configs
            .flatten()
            .filter(|config| config["service"] == service || config["service"] == "allServices")
            .flat_map(|config| list(&config["auditLogConfigs"]));
        logs.any(|log| {
            let exempted = list(&log["exemptedMembers"]);
            log["logType"] == log_type && !exempted.iter().any(|member| member == caller)
        })
    }

    /// A soft-deleted custom role can stay bound but not be bound anew; the
    /// same applies to a seeded predefined role that is not in the table here.
    /// A project's role can only be bound in the project, an organisation's
    /// anywhere below it.
    fn role_exists(&self, key: &str, role: &str, bound: bool) -> bool {
        let Some((owner, _)) = role.split_once("/roles/") else {
            return bound || predefined::find(role).is_some();
        };
        let (full, project) = self.canonical(key);
        let node = project.map(|project| format!("projects/{project}"));
        let node = node.or_else(|| full.splitn(4, '/').nth(3).map(str::to_owned));
        let exists = self
            .roles
            .get(role)
            .is_some_and(|found| !found.is_deleted || bound);
        let keys = node.into_iter().flat_map(|node| self.ancestors(node));
        exists
            && keys
                .into_iter()
                .any(|ancestor| ancestor.ends_with(&format!("/{owner}")))
    }
}

impl Cloud {
    /// Replaces a policy after checking its etag, roles and members. Audit
    /// configurations are replaced only if `replace_audit_configs` is true.
    pub(super) fn write_policy(
        &mut self,
        key: &str,
        submitted: SubmittedPolicy,
        replace_audit_configs: bool,
        now: Timestamp,
    ) -> Result<Policy, ApiError> {
        let old = self.iam.policy(key);
        if !submitted.etag.is_empty() && !is_same(&submitted.etag, &old.etag()) {
            return Err(if key.starts_with("//storage.") {
                ApiError::precondition(
                    "At least one of the pre-conditions you specified did not hold.",
                )
            } else {
                ApiError::conflict(
                    "There were concurrent policy changes. Please retry the whole \
                     read-modify-write with exponential backoff.",
                )
            });
        }
        if !matches!(submitted.version, 0 | 1 | 3) {
            let message = format!("Invalid policy version {}.", submitted.version);
            return Err(ApiError::invalid(message));
        }
        // Google refuses a version 1 write that drops conditions if it has an
        // etag, and allows it otherwise. The message is unverified.
        let conditional = submitted.bindings.iter().any(|b| b.condition.is_some());
        if submitted.version != 3
            && (conditional || old.is_conditional() && !submitted.etag.is_empty())
        {
            return Err(ApiError::invalid(
                "A policy with conditions must be written with version 3.",
            ));
        }
        let mut policy = Policy {
            serial: u64::try_from(now.as_micros())
                .unwrap_or(0)
                .max(old.serial + 1),
            audit_configs: if replace_audit_configs {
                submitted.audit_configs
            } else {
                old.audit_configs.clone()
            },
            ..Policy::default()
        };
        for binding in submitted.bindings {
            self.check(key, &binding, &old, now)?;
            policy.add(binding);
        }
        policy.check_size()?;
        if self.iam.delay > Duration::ZERO {
            policy.previous = Some((old.effective(now).to_vec(), now + self.iam.delay));
        }
        self.iam.policies.insert(key, policy.clone());
        Ok(policy)
    }

    fn check(
        &self,
        key: &str,
        binding: &Binding,
        old: &Policy,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        let Binding {
            role,
            members,
            condition,
            other: _,
        } = binding;
        let bound = old.bindings.iter().any(|b| b.role == *role);
        if !self.iam.role_exists(key, role, bound) {
            let message = if role.starts_with("roles/") {
                format!("Role {role} is not supported for this resource.")
            } else {
                format!("Role ({role}) does not exist in the resource's hierarchy.")
            };
            return Err(ApiError::invalid(message));
        }
        if let Some(condition) = condition {
            if predefined::is_basic(role) {
                let message = format!("Conditions can't be set on the basic role {role}.");
                return Err(ApiError::invalid(message));
            }
            if condition.title.is_empty() || !condition.compiles() {
                let message = format!(
                    "Invalid condition on {role}: it needs a title and an expression in CEL; \
                     this is {:?}.",
                    condition.expression
                );
                return Err(ApiError::invalid(message));
            }
        }
        members
            .iter()
            .try_for_each(|member| self.check_member(member, now))
    }

    fn check_member(&self, member: &str, now: Timestamp) -> Result<(), ApiError> {
        let (kind, name) = member.split_once(':').unwrap_or((member, ""));
        let valid = match kind {
            "allUsers" | "allAuthenticatedUsers" => name.is_empty(),
            "user" | "group" | "serviceAccount" => name.contains('@'),
            "domain" | "projectOwner" | "projectEditor" | "projectViewer" | "principal"
            | "principalSet" | "deleted" => !name.is_empty(),
            _ => false,
        };
        if !valid {
            return Err(ApiError::invalid(format!(
                "Invalid argument: {member:?} is not a principal."
            )));
        }
        let missing = match kind {
            "serviceAccount" if !self.has_account(name, now) => "Service account",
            "group" if !self.has_group(name) => "Group",
            "user" if !self.directory.has_user(name) => "User",
            _ => return Ok(()),
        };
        Err(ApiError::invalid(format!(
            "{missing} {name} does not exist."
        )))
    }

    /// Whether there is a service account with this address, as far as is known:
    /// Google's service agents have other addresses.
    pub(crate) fn has_account(&self, email: &str, now: Timestamp) -> bool {
        let project = project_of_address(email);
        let user_managed = project.is_some_and(|project| self.iam.project(project).is_some());
        let account = self.iam.accounts.get(email);
        !user_managed || account.is_some_and(|account| self.iam.is_bindable(account, now))
    }

    /// Grants `role` on a resource
    /// (`//pubsub.googleapis.com/projects/p/topics/t`,
    /// `//cloudresourcemanager.googleapis.com/projects/p`) to a member
    /// (`serviceAccount:…`), with a CEL condition if any. It takes effect at
    /// once and is not checked.
    pub fn grant(&mut self, full_name: &str, role: &str, member: &str, condition: Option<&str>) {
        let (key, _) = self.iam.canonical(full_name);
        let condition = condition.map(Condition::new);
        // Compiled now, so that clones of this cloud share the result. An
        // invalid condition never grants anything.
        let _ = condition.as_ref().map(Condition::compiles);
        let mut policy = self.iam.policy(&key);
        policy.serial += 1;
        policy.add(Binding {
            role: role.to_owned(),
            members: vec![member.to_owned()],
            condition,
            other: Map::new(),
        });
        self.iam.policies.insert(key, policy);
    }
}
