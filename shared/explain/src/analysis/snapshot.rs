//! What was read of a cloud: its resources, their policies, and the roles.

use names::{FullName, ServiceAccountEmail};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A cloud, as far as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    /// Every resource that was seen.
    pub resources: BTreeMap<FullName, ResourcePolicy>,
    /// What each role permits (`roles/viewer`, `projects/p/roles/r`). A role
    /// that is bound and not here was not read.
    pub roles: BTreeMap<String, BTreeSet<String>>,
    /// What could not be read.
    pub read_failures: BTreeSet<ReadFailure>,
}

/// A resource with a policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ResourcePolicy {
    /// What it lies in, whose policy holds for it too.
    pub parent: Option<FullName>,
    /// Its own policy.
    pub bindings: BTreeSet<RoleBinding>,
    /// Of a machine: the accounts that its code is given tokens of.
    pub runs_as: BTreeSet<ServiceAccountEmail>,
    /// Of a bucket: public access prevention is enforced, so that what
    /// everybody may counts for nothing in it.
    pub closed_to_public: bool,
}

/// A role, who has it, and when.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RoleBinding {
    /// `roles/viewer`, `projects/p/roles/r`; text, for whatever Google says is
    /// kept.
    pub role: String,
    /// `user:…`, `allUsers`, `projectOwner:p`, …
    pub members: BTreeSet<String>,
    /// When it holds; always, without one.
    pub condition: Option<Condition>,
}

/// A condition in CEL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Condition {
    /// What people call it.
    pub title: String,
    /// The expression.
    pub expression: String,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ReadFailure {
    /// What it is, for people.
    pub what: String,
    /// Why not.
    pub why: String,
}

/// More than any hierarchy is deep: Google allows ten folders in each other. A
/// cycle, which Google does not make, must not hang the walk.
const DEEPEST: usize = 64;

impl Snapshot {
    /// `name` and all that it lies in, innermost first.
    pub(super) fn ancestry<'a>(
        &'a self,
        name: &'a FullName,
    ) -> impl Iterator<Item = (&'a FullName, &'a ResourcePolicy)> {
        let found = |name: &'a FullName| Some((name, self.resources.get(name)?));
        std::iter::successors(found(name), move |(_, resource)| {
            found(resource.parent.as_ref()?)
        })
        .take(DEEPEST)
    }

    /// Whether what everybody may counts for nothing there.
    pub(super) fn is_closed_to_public(&self, name: &FullName) -> bool {
        self.ancestry(name).any(|(_, r)| r.closed_to_public)
    }
}
