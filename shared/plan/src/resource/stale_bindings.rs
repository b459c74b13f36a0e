//! Bindings of a deleted role, which would take effect again when it is
//! restored.

use super::{
    context::Context,
    policy::{binding_key, read, write_checked},
};
use crate::{Fault, Grant};
use names::CustomRoleName;

/// Removes whatever else the members that the plan grants `role` have by it:
/// older bindings would take effect again together with the role, without the
/// condition that the plan's grant has. Bindings of other members stay.
pub(super) async fn remove_stale_bindings(
    context: &Context<'_>,
    role: &CustomRoleName,
) -> Result<(), Fault> {
    for (target, grants) in &context.desired_grants {
        let grants = grants.iter();
        let desired: Vec<&Grant> = grants
            .filter(|grant| grant.role.custom().as_ref() == Some(role))
            .collect();
        if desired.is_empty() {
            continue;
        }
        let before = match read(context.client, target).await {
            // The same plan creates the resource later.
            Err(error) if error.is_not_found() => continue,
            before => before?,
        };
        let after = without_stale_bindings(&before, &desired);
        if after != before {
            write_checked(context.client, target, &after).await?;
        }
    }
    Ok(())
}

/// The policy without bindings of the desired grants' role for their members,
/// existing or deleted, except the desired grants themselves.
fn without_stale_bindings(before: &gcp::Policy, desired: &[&Grant]) -> gcp::Policy {
    let mut after = before.clone();
    for binding in &before.bindings {
        let of_role = desired.iter().filter(|g| g.role.as_str() == binding.role);
        let of_role: Vec<&&Grant> = of_role.collect();
        for member in &binding.members {
            let names_member = |grant: &Grant| grant.member.as_str() == member;
            let is_desired = |grant: &Grant| {
                names_member(grant) && grant.title_and_expression() == binding_key(binding).1
            };
            let concerned = |grant: &Grant| names_member(grant) || grant.is_deleted_member(member);
            let is_stale = of_role.iter().any(|grant| concerned(grant))
                && !of_role.iter().any(|grant| is_desired(grant));
            if is_stale {
                let condition = binding.condition.as_ref();
                gcp::policy::remove(&mut after, &binding.role, member, condition);
            }
        }
    }
    after
}
