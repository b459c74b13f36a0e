//! The transitive closure: whom a principal can become, and whose access it
//! can change, step by step.

use super::{
    EffectiveAccess, Escalation, ResourceKind, Sensitivity, Snapshot, Undetermined,
    effective_access,
    effective_access::GrantingBinding,
    escalation::{Identity, targets},
};
use names::{FullName, Member};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// All that a principal can come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReachableAccess {
    /// A shortest path to each identity and to each resource whose access can
    /// be changed, the shortest first.
    pub paths: Vec<EscalationPath>,
    /// What may be more for one of the identities, and could not be told.
    pub open: BTreeSet<Undetermined>,
}

/// How a principal comes to something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EscalationPath {
    /// The principal.
    pub from: Member,
    /// From identity to identity; empty where the end is its own.
    pub steps: Vec<EscalationStep>,
    /// What it comes to.
    pub end: PathEnd,
}

/// One identity becoming another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EscalationStep {
    /// The next identity.
    pub to: Member,
    /// Every way there is, one at least.
    pub ways: Vec<Escalation>,
}

/// What a path comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum PathEnd {
    /// An identity: the last step's.
    Identity {
        /// What that may do by itself, where data or identities are at stake.
        gains: Vec<SensitiveAccess>,
    },
    /// The say over who may do what in a resource, and in all that lies in it.
    Control {
        /// The resource.
        over: FullName,
        /// Every way there is, one at least.
        ways: Vec<Escalation>,
    },
}

/// What an identity may do where data or identities are at stake.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SensitiveAccess {
    /// What it is good for.
    pub power: Sensitivity,
    /// The resource whose policy permits it.
    pub on: FullName,
    /// The permissions.
    pub permissions: BTreeSet<String>,
    /// The binding.
    pub through: GrantingBinding,
}

/// All that `who` can come to in `picture`.
#[must_use]
pub fn reachable_access(picture: &Snapshot, who: &Member) -> ReachableAccess {
    let targets = targets(picture);
    let mut reached: BTreeMap<&Member, Vec<EscalationStep>> = [(who, Vec::new())].into();
    let mut queue = VecDeque::from([who]);
    let mut closure = ReachableAccess {
        paths: Vec::new(),
        open: BTreeSet::new(),
    };
    while let Some(identity) = queue.pop_front() {
        let holder = Identity::new(picture, identity);
        let steps = reached[identity].clone();
        let path = |end| EscalationPath {
            from: who.clone(),
            steps: steps.clone(),
            end,
        };
        if identity != who {
            let held = effective_access(picture, identity);
            closure.open.extend(held.open.iter().cloned());
            closure.paths.push(path(PathEnd::Identity {
                gains: gains(&held),
            }));
        }
        for (name, ways) in &holder.controls {
            if says_more(picture, &holder, name) {
                closure.paths.push(path(PathEnd::Control {
                    over: (*name).clone(),
                    ways: ways.clone(),
                }));
            }
        }
        for (target, name) in &targets {
            if reached.contains_key(target) {
                continue;
            }
            let ways = holder.ways_to(target, *name);
            if !ways.is_empty() {
                let mut steps = steps.clone();
                steps.push(EscalationStep {
                    to: target.clone(),
                    ways,
                });
                reached.insert(target, steps);
                queue.push_back(target);
            }
        }
    }
    closure
}

/// Whether the control over a resource is said by nothing else: neither by the
/// control over what it lies in, nor, for an account, by becoming it.
fn says_more(picture: &Snapshot, holder: &Identity<'_>, name: &FullName) -> bool {
    let mut above = picture.ancestry(name).skip(1);
    ResourceKind::of(name) != ResourceKind::Account
        && !above.any(|(up, _)| holder.controls.contains_key(up))
}

/// What is at stake in what an identity may do, at the resources whose own
/// policies permit it.
fn gains(held: &EffectiveAccess) -> Vec<SensitiveAccess> {
    let mut gains: BTreeMap<(Sensitivity, &GrantingBinding), BTreeSet<String>> = BTreeMap::new();
    for grant in &held.grants {
        if grant.resource != grant.through.on {
            continue;
        }
        for permission in &grant.permissions {
            if let Some(power) = Sensitivity::of(permission) {
                let of = gains.entry((power, &grant.through)).or_default();
                of.insert(permission.clone());
            }
        }
    }
    let gains = gains.into_iter();
    gains
        .map(|((power, through), permissions)| SensitiveAccess {
            power,
            on: through.on.clone(),
            permissions,
            through: through.clone(),
        })
        .collect()
}
