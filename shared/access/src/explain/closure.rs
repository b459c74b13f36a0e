//! The transitive closure: whom a principal can become, and whose access it
//! can change, step by step.

use super::{
    Effective, Kind, Open, Picture, Power, Way, effective,
    effective::Through,
    ways::{Holder, targets},
};
use names::{FullName, Member};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// All that a principal can come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Closure {
    /// A shortest path to each identity and to each resource whose access can
    /// be changed, the shortest first.
    pub paths: Vec<Path>,
    /// What may be more for one of the identities, and could not be told.
    pub open: BTreeSet<Open>,
}

/// How a principal comes to something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Path {
    /// The principal.
    pub from: Member,
    /// From identity to identity; empty where the end is its own.
    pub steps: Vec<Step>,
    /// What it comes to.
    pub end: End,
}

/// One identity becoming another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The next identity.
    pub to: Member,
    /// Every way there is, one at least.
    pub ways: Vec<Way>,
}

/// What a path comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum End {
    /// An identity: the last step's.
    Identity {
        /// What that may do by itself, where data or identities are at stake.
        gains: Vec<Gain>,
    },
    /// The say over who may do what in a resource, and in all that lies in it.
    Control {
        /// The resource.
        over: FullName,
        /// Every way there is, one at least.
        ways: Vec<Way>,
    },
}

/// What an identity may do where data or identities are at stake.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Gain {
    /// What it is good for.
    pub power: Power,
    /// The resource whose policy permits it.
    pub on: FullName,
    /// The permissions.
    pub permissions: BTreeSet<String>,
    /// The binding.
    pub through: Through,
}

/// All that `who` can come to in `picture`.
#[must_use]
pub fn closure(picture: &Picture, who: &Member) -> Closure {
    let targets = targets(picture);
    let mut reached: BTreeMap<&Member, Vec<Step>> = [(who, Vec::new())].into();
    let mut queue = VecDeque::from([who]);
    let mut closure = Closure {
        paths: Vec::new(),
        open: BTreeSet::new(),
    };
    while let Some(identity) = queue.pop_front() {
        let holder = Holder::new(picture, identity);
        let steps = reached[identity].clone();
        let path = |end| Path {
            from: who.clone(),
            steps: steps.clone(),
            end,
        };
        if identity != who {
            let held = effective(picture, identity);
            closure.open.extend(held.open.iter().cloned());
            closure.paths.push(path(End::Identity {
                gains: gains(&held),
            }));
        }
        for (name, ways) in &holder.controls {
            if says_more(picture, &holder, name) {
                closure.paths.push(path(End::Control {
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
                steps.push(Step {
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
fn says_more(picture: &Picture, holder: &Holder<'_>, name: &FullName) -> bool {
    let mut above = picture.upwards(name).skip(1);
    Kind::of(name) != Kind::Account && !above.any(|(up, _)| holder.controls.contains_key(up))
}

/// What is at stake in what an identity may do, at the resources whose own
/// policies permit it.
fn gains(held: &Effective) -> Vec<Gain> {
    let mut gains: BTreeMap<(Power, &Through), BTreeSet<String>> = BTreeMap::new();
    for grant in &held.grants {
        if grant.resource != grant.through.on {
            continue;
        }
        for permission in &grant.permissions {
            if let Some(power) = Power::of(permission) {
                let of = gains.entry((power, &grant.through)).or_default();
                of.insert(permission.clone());
            }
        }
    }
    let gains = gains.into_iter();
    gains
        .map(|((power, through), permissions)| Gain {
            power,
            on: through.on.clone(),
            permissions,
            through: through.clone(),
        })
        .collect()
}
