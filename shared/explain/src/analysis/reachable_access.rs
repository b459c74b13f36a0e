//! The transitive closure of escalations: every identity that a principal can
//! act as, and every resource whose policy it can change.

use super::{
    ResourceKind, Sensitivity, Snapshot,
    effective_access::{EffectiveAccess, GrantingBinding, Undetermined, effective_access},
    escalation::{Escalation, PrincipalView, targets},
};
use names::{FullResourceName, Member};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What a principal can reach through escalations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReachableAccess {
    /// One shortest path to each identity and to each controllable resource,
    /// the shortest first.
    pub paths: Vec<EscalationPath>,
    /// What could not be determined about the reached identities.
    pub undetermined: BTreeSet<Undetermined>,
}

/// A chain of escalations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EscalationPath {
    /// The principal that it starts from.
    pub from: Member,
    /// From identity to identity; empty if the principal itself controls the
    /// resource at the end.
    pub steps: Vec<EscalationStep>,
    /// What the path leads to.
    pub end: PathEnd,
}

/// One identity acting as the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EscalationStep {
    /// The identity that can be acted as.
    pub to: Member,
    /// Every possible escalation to it; at least one.
    pub escalations: Vec<Escalation>,
}

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum PathEnd {
    /// The identity of the last step.
    Identity {
        /// What that identity may do itself that affects data or identities.
        sensitive_access: Vec<SensitiveAccess>,
    },
    /// Control over the policy of a resource, and so over everything in it.
    Control {
        /// Full name of the resource whose policy can be changed.
        resource: FullResourceName,
        /// Every possible way to change the policy; at least one.
        escalations: Vec<Escalation>,
    },
}

/// Permissions of one sensitivity, granted by one binding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SensitiveAccess {
    /// What can be done with the permissions.
    pub sensitivity: Sensitivity,
    /// The resource whose policy contains the binding.
    pub resource: FullResourceName,
    /// Those of the bound role that have this sensitivity.
    pub permissions: BTreeSet<String>,
    /// Why the permissions are granted.
    pub binding: GrantingBinding,
}

/// What `principal` can reach according to the snapshot.
#[must_use]
pub fn reachable_access(snapshot: &Snapshot, principal: &Member) -> ReachableAccess {
    let targets = targets(snapshot);
    let mut reached: BTreeMap<&Member, Vec<EscalationStep>> = [(principal, Vec::new())].into();
    let mut queue = VecDeque::from([principal]);
    let mut result = ReachableAccess {
        paths: Vec::new(),
        undetermined: BTreeSet::new(),
    };
    while let Some(identity) = queue.pop_front() {
        let view = PrincipalView::new(snapshot, identity);
        let steps = reached[identity].clone();
        let path = |end| EscalationPath {
            from: principal.clone(),
            steps: steps.clone(),
            end,
        };
        if identity != principal {
            let access = effective_access(snapshot, identity);
            let sensitive_access = sensitive_access(&access);
            result.undetermined.extend(access.undetermined);
            let end = PathEnd::Identity { sensitive_access };
            result.paths.push(path(end));
        }
        for (name, escalations) in &view.controlled {
            if !is_implied(snapshot, &view, name) {
                result.paths.push(path(PathEnd::Control {
                    resource: (*name).clone(),
                    escalations: escalations.clone(),
                }));
            }
        }
        for (target, name) in &targets {
            if reached.contains_key(target) {
                continue;
            }
            let escalations = view.escalations_to(target, *name);
            if !escalations.is_empty() {
                let mut steps = steps.clone();
                steps.push(EscalationStep {
                    to: target.clone(),
                    escalations,
                });
                reached.insert(target, steps);
                queue.push_back(target);
            }
        }
    }
    result
}

/// Whether control over a resource follows from another path: from control over
/// an ancestor, or, for an account, from acting as it.
fn is_implied(snapshot: &Snapshot, view: &PrincipalView<'_>, name: &FullResourceName) -> bool {
    let mut ancestors = snapshot.ancestry(name).skip(1);
    ResourceKind::of(name) == ResourceKind::Account
        || ancestors.any(|(ancestor, _)| view.controlled.contains_key(ancestor))
}

/// The sensitive permissions of an identity, at the resources whose own policies
/// grant them.
fn sensitive_access(access: &EffectiveAccess) -> Vec<SensitiveAccess> {
    let mut by_binding: BTreeMap<(Sensitivity, &GrantingBinding), BTreeSet<String>> =
        BTreeMap::new();
    for grant in &access.grants {
        if grant.resource != grant.binding.resource {
            continue;
        }
        for permission in &grant.permissions {
            if let Some(sensitivity) = Sensitivity::of(permission) {
                let key = (sensitivity, &grant.binding);
                by_binding
                    .entry(key)
                    .or_default()
                    .insert(permission.clone());
            }
        }
    }
    by_binding
        .into_iter()
        .map(|((sensitivity, binding), permissions)| SensitiveAccess {
            sensitivity,
            resource: binding.resource.clone(),
            permissions,
            binding: binding.clone(),
        })
        .collect()
}
