//! The permissions that a principal has itself, and the bindings that grant
//! them.

use super::{
    BindingCondition, ResourceKind, RoleBinding, Snapshot,
    condition::evaluate,
    member_match::{MemberMatch, is_public, match_member},
    request_attributes::request_attributes,
    truth::Truth,
};
use names::{FullResourceName, Member};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a principal may do without becoming another identity.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EffectiveAccess {
    /// Sorted by resource; its own bindings come before inherited ones.
    pub grants: Vec<EffectiveGrant>,
    /// Bindings that may grant more, where that could not be determined.
    pub undetermined: BTreeSet<Undetermined>,
}

impl EffectiveAccess {
    /// The grants on one resource, inherited ones included.
    pub fn on<'a>(
        &'a self,
        resource: &'a FullResourceName,
    ) -> impl Iterator<Item = &'a EffectiveGrant> {
        let all = self.grants.iter();
        all.filter(move |grant| grant.resource == *resource)
    }
}

/// The permissions that one binding grants on one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EffectiveGrant {
    /// The resource on which the permissions hold.
    pub resource: FullResourceName,
    /// Only permissions that apply to resources of this kind.
    pub permissions: BTreeSet<String>,
    /// The binding in the policy of the resource, or of one of its ancestors.
    pub binding: GrantingBinding,
}

/// A binding that applies to a principal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct GrantingBinding {
    /// The resource whose policy contains the binding.
    pub resource: FullResourceName,
    /// Name of the bound role, `roles/…` or of a custom role.
    pub role: String,
    /// The member that matched: the principal, or `allUsers`, `domain:…`,
    /// `projectOwner:…`.
    pub member: String,
    /// Present even where the condition is known to hold.
    pub condition: Option<BindingCondition>,
}

/// A binding whose effect could not be determined.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Undetermined {
    /// It is not known whether the principal belongs to the bound group or set.
    Membership {
        /// The principal.
        principal: Member,
        /// The binding of the group or set.
        binding: GrantingBinding,
    },
    /// The permissions of the bound role could not be read.
    Role {
        /// The principal.
        principal: Member,
        /// The binding of the role.
        binding: GrantingBinding,
    },
}

/// The bindings that apply to one principal.
pub(super) struct ApplicableBindings<'a> {
    snapshot: &'a Snapshot,
    principal: &'a Member,
    /// By the resource whose policy contains them, with the matching member.
    by_resource: BTreeMap<&'a FullResourceName, Vec<(&'a RoleBinding, &'a str)>>,
    pub(super) undetermined: BTreeSet<Undetermined>,
}

impl<'a> ApplicableBindings<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, principal: &'a Member) -> Self {
        let mut applicable = Self {
            snapshot,
            principal,
            by_resource: BTreeMap::new(),
            undetermined: BTreeSet::new(),
        };
        for (name, resource) in &snapshot.resources {
            for binding in &resource.bindings {
                applicable.add(name, binding);
            }
        }
        applicable
    }

    fn add(&mut self, resource: &'a FullResourceName, binding: &'a RoleBinding) {
        let role_was_read = self.snapshot.roles.contains_key(&binding.role);
        for member in &binding.members {
            let matched = match_member(self.snapshot, self.principal, member);
            let principal = || self.principal.clone();
            let granting = || granting_binding(resource, binding, member);
            match matched {
                MemberMatch::Yes if role_was_read => {
                    let bindings = self.by_resource.entry(resource).or_default();
                    bindings.push((binding, member));
                }
                MemberMatch::Yes => {
                    let (principal, binding) = (principal(), granting());
                    self.undetermined
                        .insert(Undetermined::Role { principal, binding });
                }
                MemberMatch::Unknown => {
                    let (principal, binding) = (principal(), granting());
                    self.undetermined
                        .insert(Undetermined::Membership { principal, binding });
                }
                MemberMatch::No => {}
            }
        }
    }

    /// The bindings that apply at a resource: those of its own policy and of
    /// its ancestors' policies.
    fn at<'s>(
        &'s self,
        name: &'s FullResourceName,
    ) -> impl Iterator<Item = (&'s FullResourceName, &'s RoleBinding, &'s str)> {
        let not_public = self.snapshot.prevents_public_access(name);
        self.snapshot.ancestry(name).flat_map(move |(on, _)| {
            let here = self.by_resource.get(on).map_or(&[][..], Vec::as_slice);
            here.iter()
                .filter(move |(_, member)| !(not_public && is_public(member)))
                .map(move |(binding, member)| (on, *binding, *member))
        })
    }

    /// A binding that grants `permission` at a resource, or on something in it.
    /// Prefers an unconditional one.
    pub(super) fn granting(
        &self,
        permission: &str,
        name: &FullResourceName,
    ) -> Option<GrantingBinding> {
        let mut best = None;
        for (on, binding, member) in self.at(name) {
            let permissions = self.snapshot.roles.get(&binding.role);
            if !permissions.is_some_and(|all| all.contains(permission))
                || is_excluded(binding, permission, name)
            {
                continue;
            }
            let found = granting_binding(on, binding, member);
            if found.condition.is_none() {
                return Some(found);
            }
            best = best.or(Some(found));
        }
        best
    }

    /// All bindings of the principal, each with its own resource.
    pub(super) fn all(&self) -> impl Iterator<Item = GrantingBinding> {
        let all = self.by_resource.iter();
        all.flat_map(|(on, bindings)| bindings.iter().map(|(b, m)| granting_binding(on, b, m)))
    }

    fn grants(&self) -> Vec<EffectiveGrant> {
        let mut grants = Vec::new();
        for name in self.snapshot.resources.keys() {
            let kind = ResourceKind::of(name);
            for (on, binding, member) in self.at(name) {
                let role = self.snapshot.roles.get(&binding.role);
                let permissions: BTreeSet<String> = role
                    .into_iter()
                    .flatten()
                    .filter(|p| kind.accepts(p) && !is_excluded(binding, p, name))
                    .cloned()
                    .collect();
                if !permissions.is_empty() {
                    grants.push(EffectiveGrant {
                        resource: name.clone(),
                        permissions,
                        binding: granting_binding(on, binding, member),
                    });
                }
            }
        }
        grants
    }
}

/// Whether the binding's condition is certainly false for this permission on
/// this resource.
fn is_excluded(binding: &RoleBinding, permission: &str, name: &FullResourceName) -> bool {
    binding.condition.as_ref().is_some_and(|condition| {
        let attributes = request_attributes(permission, name);
        evaluate(&condition.expression, &attributes) == Truth::False
    })
}

fn granting_binding(on: &FullResourceName, binding: &RoleBinding, member: &str) -> GrantingBinding {
    GrantingBinding {
        resource: on.clone(),
        role: binding.role.clone(),
        member: member.to_owned(),
        condition: binding.condition.clone(),
    }
}

/// What `principal` may do itself, on every resource of the snapshot.
#[must_use]
pub fn effective_access(snapshot: &Snapshot, principal: &Member) -> EffectiveAccess {
    let applicable = ApplicableBindings::new(snapshot, principal);
    EffectiveAccess {
        grants: applicable.grants(),
        undetermined: applicable.undetermined,
    }
}
