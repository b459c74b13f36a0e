//! Which permissions a principal has by itself, and through which binding.

use super::{
    Condition, ResourceKind, RoleBinding, Snapshot,
    condition::{Truth, holds},
    member::{MemberMatch, is_public, matches_member},
    request_attributes::request_attributes,
};
use names::{FullName, Member};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a principal may do by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EffectiveAccess {
    /// Permissions by resource and binding, in the order of their names.
    pub grants: Vec<EffectiveGrant>,
    /// What may be more, and could not be told.
    pub open: BTreeSet<Undetermined>,
}

/// What one binding permits on one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EffectiveGrant {
    /// The resource.
    pub resource: FullName,
    /// The permissions that mean something there.
    pub permissions: BTreeSet<String>,
    /// The binding.
    pub through: GrantingBinding,
}

/// A binding, as it reaches a principal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct GrantingBinding {
    /// Whose policy has it: the resource's own, or one above.
    pub on: FullName,
    /// The role.
    pub role: String,
    /// As whom: the principal, or `allUsers`, `domain:…`, `projectOwner:…`.
    pub member: String,
    /// When it holds. Kept even where it is known to hold.
    pub condition: Option<Condition>,
}

/// What may permit more, and could not be told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum Undetermined {
    /// Whether the principal is in it is not known.
    Membership {
        /// The principal.
        who: Member,
        /// The binding, with the group.
        through: GrantingBinding,
    },
    /// What the role permits was not read.
    Role {
        /// The principal.
        who: Member,
        /// The binding, with the role.
        through: GrantingBinding,
    },
}

/// The bindings that reach one principal, by whose policy has them.
pub(super) struct ApplicableBindings<'a> {
    picture: &'a Snapshot,
    who: &'a Member,
    by: BTreeMap<&'a FullName, Vec<(&'a RoleBinding, &'a str)>>,
    pub(super) open: BTreeSet<Undetermined>,
}

impl<'a> ApplicableBindings<'a> {
    pub(super) fn new(picture: &'a Snapshot, who: &'a Member) -> Self {
        let mut bound = Self {
            picture,
            who,
            by: BTreeMap::new(),
            open: BTreeSet::new(),
        };
        for (name, resource) in &picture.resources {
            for binding in &resource.bindings {
                bound.add(name, binding);
            }
        }
        bound
    }

    fn add(&mut self, on: &'a FullName, binding: &'a RoleBinding) {
        let read = self.picture.roles.contains_key(&binding.role);
        for member in &binding.members {
            let found = matches_member(self.picture, self.who, member);
            if found == MemberMatch::No {
                continue;
            }
            let (who, through) = (self.who.clone(), through(on, binding, member));
            match found {
                MemberMatch::Yes if read => {
                    self.by.entry(on).or_default().push((binding, member));
                }
                MemberMatch::Yes => {
                    self.open.insert(Undetermined::Role { who, through });
                }
                MemberMatch::Perhaps => {
                    self.open.insert(Undetermined::Membership { who, through });
                }
                MemberMatch::No => {}
            }
        }
    }

    /// The bindings that hold at a resource: its own and those above.
    fn at<'s>(
        &'s self,
        name: &'s FullName,
    ) -> impl Iterator<Item = (&'s FullName, &'s RoleBinding, &'s str)> {
        let closed = self.picture.is_closed_to_public(name);
        self.picture.ancestry(name).flat_map(move |(on, _)| {
            let here = self.by.get(on).map_or(&[][..], Vec::as_slice);
            here.iter()
                .filter(move |(_, member)| !(closed && is_public(member)))
                .map(move |(binding, member)| (on, *binding, *member))
        })
    }

    /// The bindings through which `permission` is had at a resource, or on
    /// something in it; those that always hold first.
    pub(super) fn may(&self, permission: &str, name: &FullName) -> Option<GrantingBinding> {
        let mut best = None;
        for (on, binding, member) in self.at(name) {
            let permits = self.picture.roles.get(&binding.role);
            if !permits.is_some_and(|all| all.contains(permission))
                || excluded(binding, permission, name)
            {
                continue;
            }
            let found = through(on, binding, member);
            if found.condition.is_none() {
                return Some(found);
            }
            best = best.or(Some(found));
        }
        best
    }

    /// The custom roles that it has, and where, with a binding for each.
    pub(super) fn roles(&self) -> impl Iterator<Item = GrantingBinding> {
        let all = self.by.iter();
        all.flat_map(|(on, bound)| bound.iter().map(|(b, m)| through(on, b, m)))
    }

    fn grants(&self) -> Vec<EffectiveGrant> {
        let mut grants = Vec::new();
        for name in self.picture.resources.keys() {
            let kind = ResourceKind::of(name);
            for (on, binding, member) in self.at(name) {
                let permits = self.picture.roles.get(&binding.role).into_iter().flatten();
                let permissions: BTreeSet<String> = permits
                    .filter(|p| kind.knows(p) && !excluded(binding, p, name))
                    .cloned()
                    .collect();
                if !permissions.is_empty() {
                    grants.push(EffectiveGrant {
                        resource: name.clone(),
                        permissions,
                        through: through(on, binding, member),
                    });
                }
            }
        }
        grants
    }
}

/// Whether the binding's condition is surely false there.
fn excluded(binding: &RoleBinding, permission: &str, name: &FullName) -> bool {
    let condition = binding.condition.as_ref();
    condition
        .is_some_and(|c| holds(&c.expression, &request_attributes(permission, name)) == Truth::No)
}

fn through(on: &FullName, binding: &RoleBinding, member: &str) -> GrantingBinding {
    GrantingBinding {
        on: on.clone(),
        role: binding.role.clone(),
        member: member.to_owned(),
        condition: binding.condition.clone(),
    }
}

/// What `who` may do by itself, on every resource of `picture`.
#[must_use]
pub fn effective_access(picture: &Snapshot, who: &Member) -> EffectiveAccess {
    let bound = ApplicableBindings::new(picture, who);
    EffectiveAccess {
        grants: bound.grants(),
        open: bound.open,
    }
}
