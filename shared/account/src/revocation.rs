//! What takes the resource manager's access away. Pure.

use names::Member;
use plan::{
    Action, Change, Grant, Manifest, Observed, Origin, Plan, Resource, ResourceId, Step, Value,
};
use std::collections::BTreeSet;

/// What takes a member's access away: its grants out of every policy that the
/// manifest speaks of, whatever the deployment record says of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// The grants that groundcrew made, to be dropped.
    pub plan: Plan,
    /// What else the member has there, which somebody else gave it.
    pub others: Vec<String>,
}

impl Revocation {
    /// What takes away what `member` was `observed` to have.
    #[must_use]
    pub fn of(manifest: &Manifest, member: &Member, observed: &Observed) -> Self {
        let (mut steps, mut others) = (Vec::new(), Vec::new());
        for resource in manifest.resources() {
            let Resource::Policy(policy) = resource else {
                continue;
            };
            let id = resource.id();
            let seen = has(observed, &id, member);
            let is_there = |grant: &&Grant| seen.contains(&grant.to_string());
            let drops: BTreeSet<Grant> = policy.grants.iter().filter(is_there).cloned().collect();
            let ours: BTreeSet<String> = drops.iter().map(Grant::to_string).collect();
            others.extend(
                seen.difference(&ours)
                    .map(|grant| format!("{grant} in the {id}")),
            );
            if !drops.is_empty() {
                steps.push(step(id, drops));
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

/// The grants of `member` in a policy, as they are shown.
fn has(observed: &Observed, policy: &ResourceId, member: &Member) -> BTreeSet<String> {
    let (plain, conditional) = (format!(" to {member}"), format!(" to {member} if "));
    let seen = observed.get(policy).and_then(Option::as_ref);
    match seen.and_then(|seen| seen.fields.get("grants")) {
        Some(Value::Set(grants)) => grants
            .iter()
            .filter(|grant| grant.ends_with(&plain) || grant.contains(&conditional))
            .cloned()
            .collect(),
        Some(Value::Text(_) | Value::Map(_)) | None => BTreeSet::new(),
    }
}

fn step(id: ResourceId, drops: BTreeSet<Grant>) -> Step {
    let changes = drops.iter().map(|grant| Change::Remove {
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
        removed_grants: drops,
        resource: None,
    }
}
