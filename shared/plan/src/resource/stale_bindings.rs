//! What a deleted role is still bound to, before it is brought back.

use super::{
    Context, Resource,
    policy::{Grant, key, read, replace},
};
use crate::Fault;
use names::CustomRoleName;

/// Takes from the members that the plan grants `role` whatever else they have
/// by it: older bindings would hold again with the role, without the condition
/// of today. What others have by it is theirs.
pub(super) async fn remove_stale_bindings(
    site: Context<'_>,
    role: &CustomRoleName,
) -> Result<(), Fault> {
    for step in &site.plan.steps {
        let Some(Resource::Policy(policy)) = &step.resource else {
            continue;
        };
        let grants = policy.grants.iter();
        let ours: Vec<&Grant> = grants
            .filter(|grant| grant.role.custom().as_ref() == Some(role))
            .collect();
        if ours.is_empty() {
            continue;
        }
        let before = match read(site.client, &policy.of).await {
            // It is made later by the same plan.
            Err(error) if error.is_not_found() => continue,
            before => before?,
        };
        let after = without_stale_bindings(&before, &ours);
        if after != before {
            replace(site.client, &policy.of, &after).await?;
        }
    }
    Ok(())
}

/// The policy with nothing for the members of `ours`, alive or deleted, under
/// its role but `ours`.
fn without_stale_bindings(before: &gcp::Policy, ours: &[&Grant]) -> gcp::Policy {
    let mut after = before.clone();
    for binding in &before.bindings {
        let of_role = ours.iter().filter(|g| g.role.as_str() == binding.role);
        let of_role: Vec<&&Grant> = of_role.collect();
        for member in &binding.members {
            let is_its = |grant: &Grant| grant.member.as_str() == member;
            let is_wanted = |grant: &Grant| {
                let condition = grant.condition.as_ref();
                let condition = condition.map(|c| (c.title.as_str(), c.expression.as_str()));
                is_its(grant) && condition == key(binding).1
            };
            let concerned = of_role.iter().any(|g| is_its(g) || g.is_dead(member));
            if concerned && !of_role.iter().any(|grant| is_wanted(grant)) {
                let condition = binding.condition.as_ref();
                gcp::policy::remove(&mut after, &binding.role, member, condition);
            }
        }
    }
    after
}
