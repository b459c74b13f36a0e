//! Plans the removal of the resource manager's access. Pure.

use names::Member;
use plan::{
    Action, Change, FieldValue, Grant, Manifest, Observed, Origin, Plan, Resource, ResourceId, Step,
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
}

impl Revocation {
    /// The revocation of the grants that `member` was `observed` to have.
    #[must_use]
    pub fn of(manifest: &Manifest, member: &Member, observed: &Observed) -> Self {
        let (mut steps, mut others) = (Vec::new(), Vec::new());
        for resource in manifest.resources() {
            let Resource::Policy(policy) = resource else {
                continue;
            };
            let id = resource.id();
            let grants = grants_of(observed, &id, member);
            let exists = |grant: &&Grant| grants.contains(&grant.to_string());
            let removed: BTreeSet<Grant> = policy.grants.iter().filter(exists).cloned().collect();
            let removed_texts: BTreeSet<String> = removed.iter().map(Grant::to_string).collect();
            others.extend(
                grants
                    .difference(&removed_texts)
                    .map(|grant| format!("{grant} in the {id}")),
            );
            if !removed.is_empty() {
                steps.push(removal(id, removed));
            }
        }
        let deployment = manifest.deployment().clone();
        let plan = Plan {
            deployment,
            steps,
            forgotten: BTreeSet::new(),
        };
        Self { plan, others }
    }
}

/// The grants of `member` in a policy, as text.
fn grants_of(observed: &Observed, policy: &ResourceId, member: &Member) -> BTreeSet<String> {
    let (plain, conditional) = (format!(" to {member}"), format!(" to {member} if "));
    let state = observed.get(policy).and_then(Option::as_ref);
    match state.and_then(|state| state.fields.get("grants")) {
        Some(FieldValue::Set(grants)) => grants
            .iter()
            .filter(|grant| grant.ends_with(&plain) || grant.contains(&conditional))
            .cloned()
            .collect(),
        Some(FieldValue::Text(_) | FieldValue::Map(_)) | None => BTreeSet::new(),
    }
}

fn removal(id: ResourceId, removed: BTreeSet<Grant>) -> Step {
    let changes = removed.iter().map(|grant| Change::Remove {
        field: "grants".to_owned(),
        item: grant.to_string(),
    });
    Step {
        id,
        action: Action::Change {
            changes: changes.collect(),
        },
        origin: Origin::Adopted,
        depends_on: BTreeSet::new(),
        uid: None,
        grants: BTreeSet::new(),
        removed_grants: removed,
        resource: None,
    }
}
