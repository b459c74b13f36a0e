//! The ways from one identity to another, and to the say over a resource.

use super::{
    GrantingBinding, ResourceKind, Snapshot,
    effective_access::ApplicableBindings,
    rules::{
        ACT_AS, AGENTS, CODE_EXECUTIONS, IMPERSONATIONS, SET_ACCOUNT, SET_POLICY, UPDATE_ROLE,
        WORKLOADS,
    },
};
use names::{FullName, Member};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One way, and what makes it possible.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Escalation {
    /// In words, between two identities: "launches a machine as".
    pub how: &'static str,
    /// Every permission that it takes.
    pub needs: Vec<Evidence>,
    /// The role that it takes to be widened, which it has there.
    pub role: Option<GrantingBinding>,
    /// Where the rule is from.
    pub source: &'static str,
}

/// A permission, and why it is had.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Evidence {
    /// The permission.
    pub permission: String,
    /// What it is asked on, or what that lies in.
    pub on: FullName,
    /// The binding; for `given`, the one that lets it give itself the permission.
    pub by: GrantingBinding,
    /// It has not got the permission, but may give it to itself, with this one.
    pub given: Option<String>,
}

/// One identity, and what it has the say over.
pub(super) struct Identity<'a> {
    picture: &'a Snapshot,
    pub(super) bound: ApplicableBindings<'a>,
    /// Whose access it can change, for itself too, and by which ways.
    pub(super) controls: BTreeMap<&'a FullName, Vec<Escalation>>,
}

impl<'a> Identity<'a> {
    pub(super) fn new(picture: &'a Snapshot, who: &'a Member) -> Self {
        let bound = ApplicableBindings::new(picture, who);
        let mut holder = Self {
            picture,
            bound,
            controls: BTreeMap::new(),
        };
        for name in picture.resources.keys() {
            let ways = holder.control(name);
            if !ways.is_empty() {
                holder.controls.insert(name, ways);
            }
        }
        holder
    }

    fn control(&self, name: &FullName) -> Vec<Escalation> {
        let mut ways = Vec::new();
        let set_policy = ResourceKind::of(name).set_policy();
        if let Some(way) = set_policy.and_then(|p| self.has(p, name)) {
            ways.push(Escalation {
                how: "changes who may do what in",
                needs: vec![way],
                role: None,
                source: SET_POLICY,
            });
        }
        // A role that it may change, and has there: it can permit more.
        for had in self.bound.roles().filter(|had| had.on == *name) {
            let owner = had.role.split_once("/roles/").map(|(owner, _)| owner);
            let owner = owner.map(|o| format!("//cloudresourcemanager.googleapis.com/{o}"));
            let owner: Option<FullName> = owner.and_then(|name| name.parse().ok());
            let update = owner.and_then(|owner| self.has("iam.roles.update", &owner));
            if let Some(update) = update {
                ways.push(Escalation {
                    how: "widens a role of its own in",
                    needs: vec![update],
                    role: Some(had),
                    source: UPDATE_ROLE,
                });
            }
        }
        ways.sort();
        ways.dedup();
        ways
    }

    fn has(&self, permission: &str, on: &FullName) -> Option<Evidence> {
        let by = self.bound.may(permission, on)?;
        Some(Evidence {
            permission: permission.to_owned(),
            on: on.clone(),
            by,
            given: None,
        })
    }

    /// What it controls: the resource, or what that lies in.
    fn controlled(&self, on: &FullName) -> Option<&Escalation> {
        let mut upwards = self.picture.ancestry(on);
        upwards.find_map(|(name, _)| self.controls.get(name)?.first())
    }

    /// Whether it has the permission there, or may give it to itself.
    fn can(&self, permission: &str, on: &FullName) -> Option<Evidence> {
        self.has(permission, on).or_else(|| {
            let control = self.controlled(on)?.needs.first()?;
            Some(Evidence {
                permission: permission.to_owned(),
                on: on.clone(),
                by: control.by.clone(),
                given: Some(control.permission.clone()),
            })
        })
    }

    /// Every way to become `account`, whose resource is `name` if that was seen.
    pub(super) fn ways_to(&self, account: &Member, name: Option<&FullName>) -> Vec<Escalation> {
        let mut ways = Vec::new();
        if let Some(name) = name {
            self.by_the_account(name, &mut ways);
        }
        self.by_machines(account, &mut ways);
        self.by_agents(account, &mut ways);
        ways
    }

    fn by_the_account(&self, name: &FullName, ways: &mut Vec<Escalation>) {
        if let Some(control) = self.controlled(name) {
            let needs = control.needs.clone();
            ways.push(Escalation {
                how: "gives itself the right to act as",
                needs,
                role: control.role.clone(),
                source: control.source,
            });
        }
        for rule in IMPERSONATIONS {
            if let Some(evidence) = self.has(rule.permission, name) {
                ways.push(Escalation {
                    how: rule.how,
                    needs: vec![evidence],
                    role: None,
                    source: rule.source,
                });
            }
        }
        let Some(act_as) = self.has(ACT_AS, name) else {
            return;
        };
        let before = ways.len();
        for rule in WORKLOADS {
            for project in self.projects() {
                if let Some(launch) = self.can(rule.permission, project) {
                    ways.push(Escalation {
                        how: rule.how,
                        needs: vec![act_as.clone(), launch],
                        role: None,
                        source: rule.source,
                    });
                }
            }
        }
        for machine in self.machines() {
            let Some(set) = self.can(SET_ACCOUNT.permission, machine) else {
                continue;
            };
            if let Some((_, code)) = self.footholds(machine).next() {
                ways.push(Escalation {
                    how: SET_ACCOUNT.how,
                    needs: vec![act_as.clone(), set, code],
                    role: None,
                    source: SET_ACCOUNT.source,
                });
            }
        }
        if ways.len() == before {
            ways.push(Escalation {
                how: "runs something, in a project that was not read, as",
                needs: vec![act_as],
                role: None,
                source: "https://cloud.google.com/iam/docs/attach-service-accounts",
            });
        }
    }

    fn by_machines(&self, account: &Member, ways: &mut Vec<Escalation>) {
        for machine in self.machines() {
            let runs_as = &self.picture.resources[machine].runs_as;
            let is_it = |email: &names::ServiceAccountEmail| {
                account.as_str().strip_prefix("serviceAccount:") == Some(email.as_str())
            };
            if !runs_as.iter().any(is_it) {
                continue;
            }
            ways.extend(self.footholds(machine).map(|(rule, evidence)| Escalation {
                how: rule.how,
                needs: vec![evidence],
                role: None,
                source: rule.source,
            }));
        }
    }

    fn footholds<'s>(
        &'s self,
        machine: &'s FullName,
    ) -> impl Iterator<Item = (&'static super::rules::CodeExecution, Evidence)> + 's {
        CODE_EXECUTIONS.iter().filter_map(|rule| {
            let of_project = rule.permission.starts_with("compute.projects.");
            let on = match of_project {
                true => self.picture.resources[machine].parent.as_ref()?,
                false => machine,
            };
            Some((rule, self.can(rule.permission, on)?))
        })
    }

    fn by_agents(&self, account: &Member, ways: &mut Vec<Escalation>) {
        for rule in AGENTS {
            let host = account.as_str().rsplit('@').next();
            if host != Some(rule.host) {
                continue;
            }
            for project in self.projects() {
                let bindings = &self.picture.resources[project].bindings;
                let mut members = bindings.iter().flat_map(|b| &b.members);
                let is_of_project = members.any(|m| m == account.as_str());
                if let (true, Some(evidence)) = (is_of_project, self.can(rule.permission, project))
                {
                    ways.push(Escalation {
                        how: rule.how,
                        needs: vec![evidence],
                        role: None,
                        source: rule.source,
                    });
                }
            }
        }
    }

    fn projects(&self) -> impl Iterator<Item = &'a FullName> {
        of_kind(self.picture, ResourceKind::Project)
    }

    fn machines(&self) -> impl Iterator<Item = &'a FullName> {
        of_kind(self.picture, ResourceKind::Machine)
    }
}

pub(super) fn of_kind(picture: &Snapshot, kind: ResourceKind) -> impl Iterator<Item = &FullName> {
    let names = picture.resources.keys();
    names.filter(move |name| ResourceKind::of(name) == kind)
}

/// Every account that there is a way to: those that were seen, those that
/// machines run as, and the agents that policies name.
pub(super) fn targets(picture: &Snapshot) -> BTreeMap<Member, Option<&FullName>> {
    let member = |email: &str| format!("serviceAccount:{email}").parse::<Member>().ok();
    let agents = picture.resources.values().flat_map(|r| &r.bindings);
    let agents = agents.flat_map(|binding| &binding.members).filter(|named| {
        let host = named.rsplit('@').next();
        AGENTS.iter().any(|rule| host == Some(rule.host))
    });
    let machines = picture.resources.values().flat_map(|r| &r.runs_as);
    let unseen: BTreeSet<Member> = agents
        .filter_map(|named| named.parse().ok())
        .chain(machines.filter_map(|email| member(email.as_str())))
        .collect();
    let mut all: BTreeMap<Member, Option<&FullName>> =
        unseen.into_iter().map(|member| (member, None)).collect();
    for name in of_kind(picture, ResourceKind::Account) {
        let email = name.path().rsplit('/').next().unwrap_or_default();
        if let Some(member) = member(email) {
            all.insert(member, Some(name));
        }
    }
    all
}
