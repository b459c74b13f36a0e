//! The input of the analysis: resources, their policies, and the roles that
//! those bind.

use names::{FullResourceName, ServiceAccountEmail};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The policies, roles and resources that were read from a cloud.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    /// Every resource that was listed, by its full name.
    pub resources: BTreeMap<FullResourceName, ResourcePolicy>,
    /// The permissions of each role (`roles/viewer`, `projects/p/roles/r`). A
    /// role that is bound but missing here could not be read.
    pub roles: BTreeMap<String, BTreeSet<String>>,
    /// Everything that could not be read.
    pub read_failures: BTreeSet<ReadFailure>,
}

/// A resource with its allow policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ResourcePolicy {
    /// The resource that contains this one; its policy applies here too.
    pub parent: Option<FullResourceName>,
    /// The bindings of the resource's own policy.
    pub bindings: BTreeSet<RoleBinding>,
    /// Instances only: the service accounts whose tokens the metadata server
    /// hands to code on the instance.
    pub runs_as: BTreeSet<ServiceAccountEmail>,
    /// Buckets only: public access prevention is enforced, so that bindings of
    /// `allUsers` and `allAuthenticatedUsers` have no effect.
    pub public_access_prevention: bool,
}

/// A binding of an allow policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RoleBinding {
    /// `roles/viewer` or `projects/p/roles/r`; plain text, because whatever
    /// Google returns is kept.
    pub role: String,
    /// `user:…`, `allUsers`, `projectOwner:p`, …
    pub members: BTreeSet<String>,
    /// Without a condition the binding always applies.
    pub condition: Option<BindingCondition>,
}

/// A condition in CEL. Ordered, unlike `gcp::Condition`, so that bindings can
/// be kept in sets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct BindingCondition {
    /// The title that the policy's author gave it.
    pub title: String,
    /// The CEL expression.
    pub expression: String,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ReadFailure {
    /// What could not be read, as a phrase: "the policy of //…".
    pub what: String,
    /// The error, or why it was not attempted.
    pub reason: String,
}

/// Longer than any real hierarchy: Google allows ten nested folders. Bounds the
/// walk if the input has a cycle.
const MAX_DEPTH: usize = 64;

impl Snapshot {
    /// `name` and its ancestors, innermost first. Ends at the first resource
    /// that is not in the snapshot.
    pub(super) fn ancestry<'a>(
        &'a self,
        name: &'a FullResourceName,
    ) -> impl Iterator<Item = (&'a FullResourceName, &'a ResourcePolicy)> {
        let found = |name: &'a FullResourceName| Some((name, self.resources.get(name)?));
        std::iter::successors(found(name), move |(_, resource)| {
            found(resource.parent.as_ref()?)
        })
        .take(MAX_DEPTH)
    }

    /// Whether public access prevention applies to the resource.
    pub(super) fn prevents_public_access(&self, name: &FullResourceName) -> bool {
        self.ancestry(name).any(|(_, r)| r.public_access_prevention)
    }
}
