//! What the steps of a plan mean for each other. Pure.

use crate::{
    Action, DeploymentRecord, Grant, Plan, PolicyGrants, Resource, ResourceId, Step,
    containing_project::containing_project,
};
use names::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What contains a retained resource can be deleted only after it: a ring after
/// its keys.
pub(crate) fn retain_containers(steps: &mut BTreeMap<ResourceId, Step>) {
    let mut retained: BTreeMap<ResourceId, Option<Timestamp>> = BTreeMap::new();
    for step in steps.values() {
        if let (Some(container), Action::Retain { until, .. }) = (step.id.container(), &step.action)
        {
            let container_until = retained.entry(container).or_default();
            *container_until = (*container_until).max(*until);
        }
    }
    for (container, until) in retained {
        let step = steps.get_mut(&container);
        if let Some(step) = step.filter(|s| s.action == Action::Delete) {
            step.action = Action::Retain {
                reason: "it contains a key that is being destroyed".to_owned(),
                until,
                needs_call: false,
            };
        }
    }
}

/// What is in a deleted project is deleted with it, without a call; Google keeps it,
/// too, for as long as the project can be restored. A lien must go before.
pub(crate) fn delete_with_projects(
    steps: &mut BTreeMap<ResourceId, Step>,
    record: &DeploymentRecord,
) {
    let is_deleted = |step: &&Step| step.action == Action::Delete;
    let deleted = steps.values().filter(is_deleted);
    let deleted: BTreeSet<ResourceId> = deleted.map(|step| step.id.clone()).collect();
    for step in steps.values_mut() {
        let entry = record.entries.get(&step.id).filter(|_| !step.is_desired());
        let Some(project) = entry.and_then(|entry| containing_project(&step.id, entry, record))
        else {
            continue;
        };
        let id = ResourceId::Project(project.clone());
        let is_part = !matches!(step.id, ResourceId::Project(_) | ResourceId::Lien(_));
        if is_part && deleted.contains(&id) {
            step.action = Action::Delete;
            step.input.removed_project = Some(project);
            step.depends_on.insert(id);
        }
    }
}

/// What steps have to know of others: what is removed together with them, and
/// what is granted by a role that is restored.
pub(crate) fn set_inputs(steps: &mut BTreeMap<ResourceId, Step>) {
    let removed: BTreeSet<ResourceId> = steps
        .values()
        .filter(|step| !step.is_desired() && step.origin.is_ours())
        .map(|step| step.id.clone())
        .collect();
    let policies: Vec<PolicyGrants> = steps
        .values()
        .filter_map(|step| match &step.resource {
            Some(Resource::Policy(policy)) => Some(policy.clone()),
            Some(_) | None => None,
        })
        .collect();
    for step in steps.values_mut() {
        let container = step.id.container();
        step.input.removed_container = container.filter(|id| removed.contains(id));
        if let ResourceId::Role(role) = &step.id {
            for policy in &policies {
                let by_role = |grant: &&Grant| grant.role.custom().as_ref() == Some(role);
                let grants: BTreeSet<Grant> =
                    policy.grants.iter().filter(by_role).cloned().collect();
                if !grants.is_empty() {
                    let target = policy.target.clone();
                    step.input.role_grants.insert(target, grants);
                }
            }
        }
    }
}

/// The steps that must be done before the record can be stored.
pub(crate) fn record_location_steps(
    plan: &Plan,
    location: Option<&ResourceId>,
) -> BTreeSet<ResourceId> {
    let is_created = |step: &&Step| matches!(step.action, Action::Create);
    let location = location.and_then(|id| plan.step(id)).filter(is_created);
    let mut first = BTreeSet::new();
    let mut open: Vec<&ResourceId> = location.map(|step| &step.id).into_iter().collect();
    while let Some(id) = open.pop() {
        if first.insert(id.clone()) {
            open.extend(plan.step(id).into_iter().flat_map(|step| &step.depends_on));
        }
    }
    first
}
