//! Plans the removal of the resource manager's access. Pure.

use names::Member;
use plan::{
    Action, Change, DeploymentRecord, Grant, Item, Manifest, Observed, ObservedGrant,
    ObservedState, Origin, Plan, Resource, ResourceId, Step,
};
use std::collections::BTreeSet;

/// The removal of a member's grants from every policy in the manifest, whatever
/// the deployment record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// Removes the grants that groundcrew made.
    pub plan: Plan,
    /// The member's other grants in these policies, made by someone else.
    pub others: Vec<String>,
    /// Policies that a disabled API hides: grants in them hold again once it is
    /// enabled.
    pub hidden: Vec<ResourceId>,
}

impl Revocation {
    /// The revocation of the grants that `member` was `observed` to have.
    #[must_use]
    pub fn of(manifest: &Manifest, member: &Member, observed: &Observed) -> Self {
        let (mut steps, mut others, mut hidden) = (Vec::new(), Vec::new(), Vec::new());
        for resource in manifest.resources() {
            let Resource::Policy(policy) = resource else {
                continue;
            };
            let id = resource.id();
            let state = observed.get(&id).and_then(Option::as_ref);
            if state.is_some_and(ObservedState::is_hidden) {
                hidden.push(id.clone());
            }
            let held = state.into_iter().flat_map(ObservedState::grants);
            let held: BTreeSet<&ObservedGrant> = held
                .filter(|grant| grant.member == member.as_str())
                .collect();
            let exists = |grant: &&Grant| held.contains(&ObservedGrant::from(*grant));
            let removed: BTreeSet<Grant> = policy.grants.iter().filter(exists).cloned().collect();
            let ours: BTreeSet<ObservedGrant> = removed.iter().map(ObservedGrant::from).collect();
            let theirs = held.into_iter().filter(|grant| !ours.contains(grant));
            others.extend(theirs.map(|grant| format!("{grant} in the {id}")));
            if !removed.is_empty() {
                steps.push(removal(id, removed));
            }
        }
        let deployment = manifest.deployment().clone();
        let plan = Plan {
            deployment,
            steps,
            forgotten: BTreeSet::new(),
            record: DeploymentRecord::new(manifest.deployment().clone()),
        };
        Self {
            plan,
            others,
            hidden,
        }
    }
}

fn removal(id: ResourceId, removed: BTreeSet<Grant>) -> Step {
    let changes = removed.iter().map(|grant| Change::Remove {
        field: "grants".to_owned(),
        item: Item::Grant(grant.into()),
    });
    let action = Action::Change {
        changes: changes.collect(),
    };
    let mut step = Step::new(id, action, Origin::Adopted);
    step.input.removed_grants = removed;
    step
}
