//! How one identity can act as another, or change the policy of a resource.

use super::{
    ResourceKind, Snapshot,
    effective_access::{ApplicableBindings, GrantingBinding},
    rules::{
        ACT_AS, CODE_EXECUTIONS, CodeExecutionRule, IMPERSONATIONS, SERVICE_AGENTS, SET_ACCOUNT,
        SET_POLICY, UPDATE_ROLE, WORKLOADS,
    },
};
use names::{FullResourceName, Member};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One possible escalation, and the permissions that make it possible.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Escalation {
    /// A phrase that reads between two identities: "launches a machine as".
    pub how: &'static str,
    /// Every permission that it takes; at least one.
    pub requires: Vec<HeldPermission>,
    /// For escalations by `iam.roles.update`: the binding of the role that the
    /// principal can add permissions to.
    pub updated_role: Option<GrantingBinding>,
    /// The documentation that the rule is taken from.
    pub source: &'static str,
}

/// A permission that a principal has, or can grant itself, and the binding that
/// makes it so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct HeldPermission {
    /// The permission that allows it, such as `iam.serviceAccounts.actAs`.
    pub permission: String,
    /// The resource that the permission is checked on, or one that contains it.
    pub resource: FullResourceName,
    /// The binding that grants the permission, or grants `self_granted_with`.
    pub binding: GrantingBinding,
    /// Set if the principal does not have the permission yet, but can grant it
    /// to itself: the permission that lets it do so.
    pub self_granted_with: Option<String>,
}

/// What the snapshot says about one principal, prepared for looking up
/// escalations.
pub(super) struct PrincipalView<'a> {
    snapshot: &'a Snapshot,
    bindings: ApplicableBindings<'a>,
    /// The resources whose policy the principal can change, and how.
    pub(super) controlled: BTreeMap<&'a FullResourceName, Vec<Escalation>>,
}

impl<'a> PrincipalView<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, principal: &'a Member) -> Self {
        let mut view = Self {
            snapshot,
            bindings: ApplicableBindings::new(snapshot, principal),
            controlled: BTreeMap::new(),
        };
        for name in snapshot.resources.keys() {
            let escalations = view.policy_changes(name);
            if !escalations.is_empty() {
                view.controlled.insert(name, escalations);
            }
        }
        view
    }

    /// How the principal can change the policy of exactly this resource.
    fn policy_changes(&self, name: &FullResourceName) -> Vec<Escalation> {
        let mut escalations = Vec::new();
        let set_policy = ResourceKind::of(name).set_policy_permission();
        if let Some(held) = set_policy.and_then(|p| self.held(p, name)) {
            escalations.push(Escalation {
                how: "changes the IAM policy of",
                requires: vec![held],
                updated_role: None,
                source: SET_POLICY,
            });
        }
        // Updating a custom role that it holds here adds permissions here.
        for binding in self.bindings.all().filter(|b| b.resource == *name) {
            let owner = binding.role.split_once("/roles/").map(|(owner, _)| owner);
            let owner = owner.map(|o| format!("//cloudresourcemanager.googleapis.com/{o}"));
            let owner: Option<FullResourceName> = owner.and_then(|name| name.parse().ok());
            let update = owner.and_then(|owner| self.held("iam.roles.update", &owner));
            if let Some(update) = update {
                escalations.push(Escalation {
                    how: "adds permissions to a role that it holds on",
                    requires: vec![update],
                    updated_role: Some(binding),
                    source: UPDATE_ROLE,
                });
            }
        }
        escalations.sort();
        escalations.dedup();
        escalations
    }

    /// The permission, if the principal has it there.
    fn held(&self, permission: &str, resource: &FullResourceName) -> Option<HeldPermission> {
        let binding = self.bindings.granting(permission, resource)?;
        Some(HeldPermission {
            permission: permission.to_owned(),
            resource: resource.clone(),
            binding,
            self_granted_with: None,
        })
    }

    /// How it can change the policy of the resource or of one of its ancestors.
    fn control_of(&self, resource: &FullResourceName) -> Option<&Escalation> {
        let mut ancestry = self.snapshot.ancestry(resource);
        ancestry.find_map(|(name, _)| self.controlled.get(name)?.first())
    }

    /// The permission, if the principal has it there or can grant it to itself.
    fn obtainable(&self, permission: &str, resource: &FullResourceName) -> Option<HeldPermission> {
        self.held(permission, resource).or_else(|| {
            let control = self.control_of(resource)?.requires.first()?;
            Some(HeldPermission {
                permission: permission.to_owned(),
                resource: resource.clone(),
                binding: control.binding.clone(),
                self_granted_with: Some(control.permission.clone()),
            })
        })
    }

    /// Every escalation to `account`, whose resource is `name` if the snapshot
    /// has it.
    pub(super) fn escalations_to(
        &self,
        account: &Member,
        name: Option<&FullResourceName>,
    ) -> Vec<Escalation> {
        let mut escalations = Vec::new();
        if let Some(name) = name {
            self.by_account_permissions(name, &mut escalations);
        }
        self.by_machines(account, &mut escalations);
        self.by_service_agents(account, &mut escalations);
        escalations
    }

    fn by_account_permissions(&self, name: &FullResourceName, escalations: &mut Vec<Escalation>) {
        if let Some(control) = self.control_of(name) {
            escalations.push(Escalation {
                how: "grants itself the permission to act as",
                requires: control.requires.clone(),
                updated_role: control.updated_role.clone(),
                source: control.source,
            });
        }
        for rule in IMPERSONATIONS {
            if let Some(held) = self.held(rule.permission, name) {
                escalations.push(Escalation {
                    how: rule.how,
                    requires: vec![held],
                    updated_role: None,
                    source: rule.source,
                });
            }
        }
        let Some(act_as) = self.held(ACT_AS, name) else {
            return;
        };
        let before = escalations.len();
        for rule in WORKLOADS {
            for project in self.projects() {
                if let Some(deploy) = self.obtainable(rule.permission, project) {
                    escalations.push(Escalation {
                        how: rule.how,
                        requires: vec![act_as.clone(), deploy],
                        updated_role: None,
                        source: rule.source,
                    });
                }
            }
        }
        for machine in self.machines() {
            let Some(set_account) = self.obtainable(SET_ACCOUNT.permission, machine) else {
                continue;
            };
            if let Some((_, code)) = self.code_executions(machine).next() {
                escalations.push(Escalation {
                    how: SET_ACCOUNT.how,
                    requires: vec![act_as.clone(), set_account, code],
                    updated_role: None,
                    source: SET_ACCOUNT.source,
                });
            }
        }
        if escalations.len() == before {
            escalations.push(Escalation {
                how: "runs a workload, in a project that was not read, as",
                requires: vec![act_as],
                updated_role: None,
                source: "https://cloud.google.com/iam/docs/attach-service-accounts",
            });
        }
    }

    fn by_machines(&self, account: &Member, escalations: &mut Vec<Escalation>) {
        for machine in self.machines() {
            let runs_as = &self.snapshot.resources[machine].runs_as;
            let is_account = |email: &names::ServiceAccountEmail| {
                account.as_str().strip_prefix("serviceAccount:") == Some(email.as_str())
            };
            if !runs_as.iter().any(is_account) {
                continue;
            }
            let executions = self.code_executions(machine);
            escalations.extend(executions.map(|(rule, permission)| Escalation {
                how: rule.how,
                requires: vec![permission],
                updated_role: None,
                source: rule.source,
            }));
        }
    }

    /// How the principal can run code on an existing machine.
    fn code_executions<'s>(
        &'s self,
        machine: &'s FullResourceName,
    ) -> impl Iterator<Item = (&'static CodeExecutionRule, HeldPermission)> + 's {
        CODE_EXECUTIONS.iter().filter_map(|rule| {
            let is_on_project = rule.permission.starts_with("compute.projects.");
            let resource = match is_on_project {
                true => self.snapshot.resources[machine].parent.as_ref()?,
                false => machine,
            };
            Some((rule, self.obtainable(rule.permission, resource)?))
        })
    }

    fn by_service_agents(&self, account: &Member, escalations: &mut Vec<Escalation>) {
        for rule in SERVICE_AGENTS {
            let host = account.as_str().rsplit('@').next();
            if host != Some(rule.host) {
                continue;
            }
            for project in self.projects() {
                let bindings = &self.snapshot.resources[project].bindings;
                let mut members = bindings.iter().flat_map(|b| &b.members);
                let is_bound = members.any(|m| m == account.as_str());
                let permission = self.obtainable(rule.permission, project);
                if let (true, Some(permission)) = (is_bound, permission) {
                    escalations.push(Escalation {
                        how: rule.how,
                        requires: vec![permission],
                        updated_role: None,
                        source: rule.source,
                    });
                }
            }
        }
    }

    fn projects(&self) -> impl Iterator<Item = &'a FullResourceName> {
        of_kind(self.snapshot, ResourceKind::Project)
    }

    fn machines(&self) -> impl Iterator<Item = &'a FullResourceName> {
        of_kind(self.snapshot, ResourceKind::Machine)
    }
}

fn of_kind(snapshot: &Snapshot, kind: ResourceKind) -> impl Iterator<Item = &FullResourceName> {
    let names = snapshot.resources.keys();
    names.filter(move |name| ResourceKind::of(name) == kind)
}

/// Every account that an escalation can lead to: the listed ones (with their
/// full names), those that machines run as, and service agents that policies
/// name.
pub(super) fn targets(snapshot: &Snapshot) -> BTreeMap<Member, Option<&FullResourceName>> {
    let member = |email: &str| format!("serviceAccount:{email}").parse::<Member>().ok();
    let bindings = snapshot.resources.values().flat_map(|r| &r.bindings);
    let agents = bindings.flat_map(|b| &b.members).filter(|member| {
        let host = member.rsplit('@').next();
        SERVICE_AGENTS.iter().any(|rule| host == Some(rule.host))
    });
    let runs_as = snapshot.resources.values().flat_map(|r| &r.runs_as);
    let unlisted: BTreeSet<Member> = agents
        .filter_map(|named| named.parse().ok())
        .chain(runs_as.filter_map(|email| member(email.as_str())))
        .collect();
    let mut all: BTreeMap<Member, Option<&FullResourceName>> =
        unlisted.into_iter().map(|member| (member, None)).collect();
    for name in of_kind(snapshot, ResourceKind::Account) {
        let email = name.path().rsplit('/').next().unwrap_or_default();
        if let Some(member) = member(email) {
            all.insert(member, Some(name));
        }
    }
    all
}
