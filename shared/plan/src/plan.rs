//! What it takes to make things as they should be. Pure.

use crate::{
    Action, Change, DeploymentRecord, Grant, Lifecycle, Manifest, Observed, ObservedState, Origin,
    Ownership, Plan, Resource, ResourceId, ResourceRecord, Step,
    diff::{Diff, diff},
};
use names::{DeploymentName, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Whose a resource is that exists.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Ours,
    Theirs,
    Deployment(String),
}

pub(crate) fn owner(
    deployment: &DeploymentName,
    entry: Option<&ResourceRecord>,
    seen: &ObservedState,
) -> Owner {
    let same = |entry: &&ResourceRecord| {
        entry.uid.is_none() || seen.uid.is_none() || entry.uid == seen.uid
    };
    match (entry.filter(same).map(|e| e.origin), &seen.ownership) {
        (Some(Origin::Adopted), _) => Owner::Theirs,
        (Some(Origin::Created | Origin::Retained { .. }), _)
        | (Some(Origin::Creating), Ownership::Unmarkable) => Owner::Ours,
        (_, Ownership::MarkedBy(name)) if name == deployment.as_str() => Owner::Ours,
        (_, Ownership::MarkedBy(name)) => Owner::Deployment(name.clone()),
        (Some(Origin::Creating) | None, Ownership::Unmarked | Ownership::Unmarkable) => {
            Owner::Theirs
        }
    }
}

/// What a resource that exists lacks, if it is `ours` or was there before.
pub(crate) fn lacking(
    deployment: &DeploymentName,
    resource: &Resource,
    seen: &ObservedState,
    ours: bool,
) -> Diff {
    diff(&resource.wanted(ours.then_some(deployment)), &seen.fields)
}

/// What it takes to get from what was observed to what the manifest says.
#[must_use]
pub fn plan(manifest: &Manifest, observed: &Observed, record: &DeploymentRecord) -> Plan {
    let seen = |id: &ResourceId| observed.get(id).and_then(Option::as_ref);
    let mut steps = BTreeMap::new();
    let mut forgotten = BTreeSet::new();
    for (id, resource) in &manifest.resources {
        if resource.may_be_absent() && seen(id).is_none() {
            if record.entries.contains_key(id) {
                forgotten.insert(id.clone());
            }
            continue;
        }
        let needs = resource.needs().into_iter();
        let step = Step {
            depends_on: needs
                .filter(|n| manifest.resources.contains_key(n))
                .collect(),
            ..wanted(
                &manifest.deployment,
                resource,
                seen(id),
                record.entries.get(id),
            )
        };
        steps.insert(id.clone(), step);
    }
    let surplus = || {
        let entries = record.entries.iter();
        entries.filter(|(id, _)| !manifest.resources.contains_key(id))
    };
    for (id, entry) in surplus() {
        match unwanted(&manifest.deployment, id, seen(id), entry) {
            Some(step) => {
                steps.insert(id.clone(), step);
            }
            None => {
                forgotten.insert(id.clone());
            }
        }
    }
    rings_wait_for_their_keys(&mut steps);
    // What is to go waits for whatever the record says depended on it.
    for (id, entry) in &record.entries {
        let planned = steps.contains_key(id);
        for needed in entry.depends_on.iter().filter(|_| planned) {
            if let Some(step) = steps.get_mut(needed).filter(|step| !step.is_desired()) {
                step.depends_on.insert(id.clone());
            }
        }
    }
    Plan {
        deployment: manifest.deployment.clone(),
        steps: ordered(steps),
        forgotten,
    }
}

fn step(id: ResourceId, action: Action, origin: Origin) -> Step {
    Step {
        id,
        action,
        origin,
        depends_on: BTreeSet::new(),
        uid: None,
        grants: BTreeSet::new(),
        removed_grants: BTreeSet::new(),
        resource: None,
    }
}

fn wanted(
    deployment: &DeploymentName,
    resource: &Resource,
    seen: Option<&ObservedState>,
    entry: Option<&ResourceRecord>,
) -> Step {
    let id = resource.id();
    let (mut action, mut origin) = match seen {
        None => (Action::Create, Origin::Created),
        Some(seen) => existing(deployment, resource, seen, entry),
    };
    let (mut grants, mut drops) = (BTreeSet::new(), BTreeSet::new());
    if let Resource::Policy(policy) = resource {
        let there = |grant: &Grant| seen.is_some_and(|seen| grant.is_in(seen));
        grants = policy
            .grants
            .iter()
            .filter(|g| !there(g))
            .cloned()
            .collect();
        let ours = entry.map(|entry| &entry.grants).into_iter().flatten();
        drops = ours
            .filter(|g| there(g) && !policy.grants.contains(g))
            .cloned()
            .collect();
        action = policy_action(seen, &grants, &drops);
        origin = Origin::Adopted;
    }
    Step {
        uid: seen.map_or_else(
            || entry.and_then(|e| e.uid.clone()),
            |seen| seen.uid.clone(),
        ),
        grants,
        removed_grants: drops,
        resource: Some(resource.clone()),
        ..step(id, action, origin)
    }
}

fn policy_action(
    seen: Option<&ObservedState>,
    add: &BTreeSet<Grant>,
    drop: &BTreeSet<Grant>,
) -> Action {
    let field = || "grants".to_owned();
    let added = add.iter().map(|grant| Change::Add {
        field: field(),
        item: grant.to_string(),
    });
    let dropped = drop.iter().map(|grant| Change::Remove {
        field: field(),
        item: grant.to_string(),
    });
    let changes: Vec<Change> = added.chain(dropped).collect();
    match (changes.is_empty(), seen) {
        (true, _) => Action::Keep,
        // The resource is made by the same plan, and its policy with it.
        (false, None) => Action::Create,
        (false, Some(_)) => Action::Change { changes },
    }
}

fn existing(
    deployment: &DeploymentName,
    resource: &Resource,
    seen: &ObservedState,
    entry: Option<&ResourceRecord>,
) -> (Action, Origin) {
    let (ours, origin) = match owner(deployment, entry, seen) {
        Owner::Ours => (true, Origin::Created),
        Owner::Theirs => (false, Origin::Adopted),
        Owner::Deployment(other) => {
            let why = format!("it belongs to the deployment {other}; choose another name for it");
            return (Action::Refuse { why }, Origin::Adopted);
        }
    };
    let Diff { changes, fixed } = lacking(deployment, resource, seen, ours);
    if !fixed.is_empty() {
        let fixed: Vec<String> = fixed.iter().map(Change::to_string).collect();
        let why = format!(
            "{} cannot be changed; choose another name for it, or ask for what it is",
            fixed.join(", ")
        );
        return (Action::Refuse { why }, origin);
    }
    match seen.lifecycle {
        Lifecycle::SoftDeleted | Lifecycle::Destroying(_) | Lifecycle::Destroyed => {
            // It lives by groundcrew alone from now on.
            let all = lacking(deployment, resource, seen, true).changes;
            (Action::Restore { changes: all }, Origin::Created)
        }
        Lifecycle::Active => match (ours, entry, changes.is_empty()) {
            (false, None, _) => (Action::Adopt { changes }, origin),
            (_, _, true) => (Action::Keep, origin),
            (_, _, false) => (Action::Change { changes }, origin),
        },
    }
}

/// What is to be done with what the manifest has no more; `None` if nothing is
/// there, or it is somebody else's by now.
fn unwanted(
    deployment: &DeploymentName,
    id: &ResourceId,
    seen: Option<&ObservedState>,
    entry: &ResourceRecord,
) -> Option<Step> {
    let seen = seen?;
    let base = |action| Step {
        uid: seen.uid.clone(),
        ..step(id.clone(), action, entry.origin)
    };
    if let ResourceId::Policy(_) = id {
        let there = |grant: &&Grant| grant.is_in(seen);
        let drops: BTreeSet<Grant> = entry.grants.iter().filter(there).cloned().collect();
        let action = policy_action(Some(seen), &BTreeSet::new(), &drops);
        return (!drops.is_empty()).then(|| Step {
            removed_grants: drops,
            ..base(action)
        });
    }
    if !entry.origin.is_ours() {
        return Some(base(Action::Keep));
    }
    if owner(deployment, Some(entry), seen) != Owner::Ours {
        return None;
    }
    let retain = |why: &str, until, act| {
        let why = why.to_owned();
        Some(base(Action::Retain { why, until, act }))
    };
    match (id, seen.lifecycle) {
        (_, Lifecycle::SoftDeleted) => None,
        (ResourceId::Api(_), _) => retain("others may use the API by now", None, false),
        (ResourceId::Key(_), Lifecycle::Active) => retain(
            "its versions are destroyed when Google lets them go",
            None,
            true,
        ),
        (ResourceId::Key(_), Lifecycle::Destroying(until)) => {
            retain("its versions are being destroyed", until, false)
        }
        (
            ResourceId::Role(_)
            | ResourceId::Account(_)
            | ResourceId::Ring(_)
            | ResourceId::Key(_)
            | ResourceId::Bucket(_)
            | ResourceId::Folder(_)
            | ResourceId::Object(..)
            | ResourceId::Network(_)
            | ResourceId::Subnetwork(_)
            | ResourceId::Policy(_),
            Lifecycle::Active | Lifecycle::Destroying(_) | Lifecycle::Destroyed,
        ) => Some(base(Action::Delete)),
    }
}

/// A ring can go when it holds no key any more.
fn rings_wait_for_their_keys(steps: &mut BTreeMap<ResourceId, Step>) {
    let mut held: BTreeMap<ResourceId, Option<Timestamp>> = BTreeMap::new();
    for step in steps.values() {
        if let (ResourceId::Key(key), Action::Retain { until, .. }) = (&step.id, &step.action) {
            let most = held
                .entry(ResourceId::Ring(key.ring().clone()))
                .or_default();
            *most = (*most).max(*until);
        }
    }
    for (ring, until) in held {
        if let Some(step) = steps.get_mut(&ring).filter(|s| s.action == Action::Delete) {
            step.action = Action::Retain {
                why: "it holds a key that is being destroyed".to_owned(),
                until,
                act: false,
            };
        }
    }
}

/// Each step after those that it needs; otherwise by kind and name.
fn ordered(mut steps: BTreeMap<ResourceId, Step>) -> Vec<Step> {
    let mut order = Vec::with_capacity(steps.len());
    let mut placed = BTreeSet::new();
    while !steps.is_empty() {
        let ready: Vec<ResourceId> = steps
            .values()
            .filter(|s| {
                s.depends_on
                    .iter()
                    .all(|n| placed.contains(n) || !steps.contains_key(n))
            })
            .map(|s| s.id.clone())
            .collect();
        // Needs lead from a kind to a lower one, so there is always one; a
        // record that says otherwise was not written by groundcrew.
        let next = match ready.is_empty() {
            true => steps.keys().next().cloned().into_iter().collect(),
            false => ready,
        };
        for id in next {
            order.extend(steps.remove(&id));
            placed.insert(id);
        }
    }
    order
}

#[cfg(test)]
mod tests;
