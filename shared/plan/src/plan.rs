//! Compares desired with observed state. Pure.

use crate::{
    Action, Change, DeploymentRecord, Grant, Item, Lifecycle, Manifest, Observed, ObservedGrant,
    ObservedState, Origin, Plan, PolicyGrants, PolicyTarget, Resource, ResourceId, ResourceRecord,
    Step, StepInput,
    diff::Diff,
    owner::{Owner, difference, owner},
    relations::{delete_with_projects, retain_containers, set_inputs},
    resource::Retention,
};
use names::DeploymentId;
use std::collections::{BTreeMap, BTreeSet};

/// The plan that leads from the observed to the desired state.
#[must_use]
pub fn plan(manifest: &Manifest, observed: &Observed, record: &DeploymentRecord) -> Plan {
    let any_state = |id: &ResourceId| observed.get(id).and_then(Option::as_ref);
    // What the plan's own first step makes visible counts as absent until then.
    let state = |id: &ResourceId| any_state(id).filter(|state| !state.is_hidden());
    // Whether a policy is that of a bucket that groundcrew makes or made.
    let owns_bucket = |resource: &Resource| {
        let Resource::Policy(PolicyGrants {
            target: PolicyTarget::Bucket(bucket),
            ..
        }) = resource
        else {
            return false;
        };
        let bucket = ResourceId::Bucket(bucket.clone());
        let entry = record.entries.get(&bucket);
        manifest.resources.contains_key(&bucket)
            && state(&bucket).is_none_or(|state| {
                owner(&manifest.deployment, entry, state) == Owner::ThisDeployment
            })
    };
    let mut steps = BTreeMap::new();
    let mut forgotten = BTreeSet::new();
    for (id, resource) in &manifest.resources {
        if resource.may_be_absent() && state(id).is_none() {
            if record.entries.contains_key(id) {
                forgotten.insert(id.clone());
            }
            continue;
        }
        let dependencies = resource.dependencies().into_iter();
        let step = Step {
            depends_on: dependencies
                .filter(|id| manifest.resources.contains_key(id))
                .collect(),
            ..desired(
                &manifest.deployment,
                resource,
                state(id),
                record.entries.get(id),
                owns_bucket(resource),
            )
        };
        steps.insert(id.clone(), step);
    }
    for (id, source) in &manifest.references {
        if observed.get(id).is_some_and(Option::is_none) {
            let reason = format!("{source} refers to it, but it does not exist");
            let step = Step::new(id.clone(), Action::Refuse { reason }, Origin::Adopted);
            steps.insert(id.clone(), step);
        }
    }
    let surplus = || {
        let entries = record.entries.iter();
        let is_left = |id| manifest.left.contains(id);
        entries.filter(move |(id, _)| !manifest.resources.contains_key(*id) && !is_left(*id))
    };
    for (id, entry) in surplus() {
        let is_hidden = any_state(id).is_some_and(ObservedState::is_hidden);
        if is_hidden && may_exist(entry, record) {
            let reason = "its API is disabled, so that it cannot be seen: enable the API first";
            let reason = reason.to_owned();
            let step = Step::new(id.clone(), Action::Refuse { reason }, entry.origin);
            steps.insert(id.clone(), step);
            continue;
        }
        match undesired(&manifest.deployment, id, state(id), entry) {
            Some(step) => {
                steps.insert(id.clone(), step);
            }
            None => {
                forgotten.insert(id.clone());
            }
        }
    }
    retain_containers(&mut steps);
    delete_with_projects(&mut steps, record);
    // Undesired resources are deleted after those that depend on them by the
    // record.
    for (id, entry) in &record.entries {
        let is_planned = steps
            .get(id)
            .is_some_and(|step| step.input.removed_project.is_none());
        for dependency in entry.depends_on.iter().filter(|_| is_planned) {
            if let Some(step) = steps.get_mut(dependency).filter(|step| !step.is_desired()) {
                step.depends_on.insert(id.clone());
            }
        }
    }
    set_inputs(&mut steps);
    Plan {
        deployment: manifest.deployment.clone(),
        steps: ordered(steps),
        forgotten,
        record: record.clone(),
    }
}

/// The step of a resource that the manifest contains.
fn desired(
    deployment: &DeploymentId,
    resource: &Resource,
    state: Option<&ObservedState>,
    entry: Option<&ResourceRecord>,
    owns_bucket: bool,
) -> Step {
    let id = resource.id();
    let (mut action, mut origin) = match state {
        None => (Action::Create, Origin::Created),
        Some(state) => existing(deployment, resource, state, entry),
    };
    let mut input = StepInput {
        uid: state.map_or_else(
            || entry.and_then(|e| e.uid.clone()),
            |state| state.uid.clone(),
        ),
        ..StepInput::default()
    };
    if let Resource::Policy(policy) = resource {
        let exists = |grant: &Grant| state.is_some_and(|state| state.has(grant));
        let grants = policy.grants.iter();
        input.grants = grants.filter(|g| !exists(g)).cloned().collect();
        let ours = entry.map(|entry| &entry.grants).into_iter().flatten();
        input.removed_grants = ours
            .filter(|g| exists(g) && !policy.grants.contains(g))
            .cloned()
            .collect();
        input.removes_basic_role_members = owns_bucket;
        let basic = state.into_iter().flat_map(ObservedState::grants);
        let basic = basic.filter(|grant| owns_bucket && grant.is_to_basic_role());
        let removed = input.removed_grants.iter().map(ObservedGrant::from);
        let removed: Vec<ObservedGrant> = removed.chain(basic.cloned()).collect();
        action = policy_action(state, &input.grants, &removed);
        origin = Origin::Adopted;
    }
    let surplus = state.map_or_else(Vec::new, |state| {
        if let Resource::Policy(policy) = resource {
            return policy.surplus(state, &input.removed_grants);
        }
        difference(deployment, resource, state, true).surplus
    });
    Step {
        input,
        surplus,
        resource: Some(resource.clone()),
        ..Step::new(id, action, origin)
    }
}

fn policy_action(
    state: Option<&ObservedState>,
    added: &BTreeSet<Grant>,
    removed: &[ObservedGrant],
) -> Action {
    let field = || "grants".to_owned();
    let additions = added.iter().map(|grant| Change::Add {
        field: field(),
        item: Item::Grant(grant.into()),
    });
    let removals = removed.iter().map(|grant| Change::Remove {
        field: field(),
        item: Item::Grant(grant.clone()),
    });
    let changes: Vec<Change> = additions.chain(removals).collect();
    match (changes.is_empty(), state) {
        (true, _) => Action::Keep,
        // The same plan creates the resource, and its policy with it.
        (false, None) => Action::Create,
        (false, Some(_)) => Action::Change { changes },
    }
}

/// Why one that groundcrew did not create is not used.
pub(crate) const OF_SOMEONE_ELSE: &str =
    "it exists, and groundcrew did not create it; choose another name for it";

/// The action for a desired resource that exists.
fn existing(
    deployment: &DeploymentId,
    resource: &Resource,
    state: &ObservedState,
    entry: Option<&ResourceRecord>,
) -> (Action, Origin) {
    let (ours, origin) = match owner(deployment, entry, state) {
        Owner::ThisDeployment => (true, Origin::Created),
        // Its name is free, or the attempt says that it is not.
        Owner::Nobody if !resource.is_adopted() && state.lifecycle == Lifecycle::SoftDeleted => {
            return (Action::Create, Origin::Created);
        }
        Owner::Nobody if !resource.is_adopted() => {
            return (
                Action::Refuse {
                    reason: OF_SOMEONE_ELSE.to_owned(),
                },
                Origin::Adopted,
            );
        }
        Owner::Nobody => (false, Origin::Adopted),
        Owner::OtherDeployment(other) => {
            let reason =
                format!("it belongs to the deployment {other}; choose another name for it");
            return (Action::Refuse { reason }, Origin::Adopted);
        }
    };
    let Diff {
        changes, immutable, ..
    } = difference(deployment, resource, state, ours);
    if !immutable.is_empty() {
        let immutable: Vec<String> = immutable.iter().map(Change::to_string).collect();
        let reason = format!(
            "{} cannot be changed; choose another name for it, or keep the present value",
            immutable.join(", ")
        );
        return (Action::Refuse { reason }, origin);
    }
    if let Some(reason) = resource.unchangeable(state).filter(|_| !changes.is_empty()) {
        return (Action::Refuse { reason }, origin);
    }
    match state.lifecycle {
        Lifecycle::SoftDeleted | Lifecycle::Destroying(_) | Lifecycle::Destroyed => {
            // Once restored, it counts as created by groundcrew.
            let all = difference(deployment, resource, state, true).changes;
            (Action::Restore { changes: all }, Origin::Created)
        }
        Lifecycle::Active | Lifecycle::Hidden => match (ours, entry, changes.is_empty()) {
            (false, None, _) => (Action::Adopt { changes }, origin),
            (_, _, true) => (Action::Keep, origin),
            (_, _, false) => (Action::Change { changes }, origin),
        },
    }
}

/// Whether a recorded resource that cannot be seen may exist: it was created, or
/// what it depends on was, such as its API. An API that was never enabled hides
/// nothing.
fn may_exist(entry: &ResourceRecord, record: &DeploymentRecord) -> bool {
    let is_made = |entry: &ResourceRecord| entry.origin != Origin::Creating;
    let mut dependencies = entry.depends_on.iter();
    matches!(entry.origin, Origin::Created | Origin::Retained { .. })
        || dependencies.any(|id| record.entries.get(id).is_some_and(is_made))
}

/// The step of a recorded resource that the manifest does not contain; `None`
/// if it does not exist, or belongs to someone else by now.
fn undesired(
    deployment: &DeploymentId,
    id: &ResourceId,
    state: Option<&ObservedState>,
    entry: &ResourceRecord,
) -> Option<Step> {
    let state = state?;
    let base = |action| {
        let mut step = Step::new(id.clone(), action, entry.origin);
        step.input.uid = state.uid.clone();
        step
    };
    if let ResourceId::Policy(_) = id {
        let exists = |grant: &&Grant| state.has(grant);
        let removed: BTreeSet<Grant> = entry.grants.iter().filter(exists).cloned().collect();
        let observed: Vec<ObservedGrant> = removed.iter().map(ObservedGrant::from).collect();
        let action = policy_action(Some(state), &BTreeSet::new(), &observed);
        return (!removed.is_empty()).then(|| {
            let mut step = base(action);
            step.input.removed_grants = removed;
            step
        });
    }
    if !entry.origin.is_ours() {
        return Some(base(Action::Keep));
    }
    if owner(deployment, Some(entry), state) != Owner::ThisDeployment {
        return None;
    }
    if state.lifecycle == Lifecycle::SoftDeleted {
        let Origin::Retained { until } = entry.origin else {
            return None;
        };
        return Some(base(Action::Retain {
            reason: "it can be restored until Google deletes it".to_owned(),
            until,
            needs_call: false,
        }));
    }
    Some(base(match id.retention(state.lifecycle) {
        None => Action::Delete,
        Some(Retention {
            reason,
            until,
            needs_call,
        }) => Action::Retain {
            reason: reason.to_owned(),
            until,
            needs_call,
        },
    }))
}

/// Orders each step after its dependencies, otherwise by kind and name.
fn ordered(mut steps: BTreeMap<ResourceId, Step>) -> Vec<Step> {
    let mut order = Vec::with_capacity(steps.len());
    while !steps.is_empty() {
        let is_ready = |step: &&Step| step.depends_on.iter().all(|id| !steps.contains_key(id));
        let ready = steps.values().filter(is_ready);
        let ready: Vec<ResourceId> = ready.map(|step| step.id.clone()).collect();
        // Dependencies have no cycles, so a step is always ready, unless the
        // record was not written by groundcrew.
        let next = match ready.is_empty() {
            true => steps.keys().next().cloned().into_iter().collect(),
            false => ready,
        };
        order.extend(next.iter().filter_map(|id| steps.remove(id)));
    }
    order
}

#[cfg(test)]
mod tests;
