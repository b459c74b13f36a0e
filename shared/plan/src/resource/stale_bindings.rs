//! Bindings of a deleted role, which would take effect again when it is
//! restored.

use super::policy::{read, write_checked};
use crate::{Fault, Grant, ObservedGrant, StepInput};
use gcp::Client;
use std::collections::BTreeSet;

/// Removes whatever else the members that the plan grants a role have by it:
/// older bindings would take effect again together with the role, without the
/// condition that the plan's grant has. Bindings of other members stay.
pub(super) async fn remove_stale_bindings(client: &Client, input: &StepInput) -> Result<(), Fault> {
    for (target, desired) in &input.role_grants {
        let before = match read(client, target).await {
            // The same plan creates the resource later.
            Err(error) if error.is_not_found() => continue,
            before => before?,
        };
        let after = without_stale_bindings(&before, desired);
        if after != before {
            write_checked(client, target, &after).await?;
        }
    }
    Ok(())
}

/// The policy without bindings of the desired grants' role for their members,
/// existing or deleted, except the desired grants themselves.
fn without_stale_bindings(before: &gcp::Policy, desired: &BTreeSet<Grant>) -> gcp::Policy {
    let mut after = before.clone();
    for binding in &before.bindings {
        let of_role = desired.iter().filter(|g| g.role.as_str() == binding.role);
        let of_role: Vec<&Grant> = of_role.collect();
        for observed in ObservedGrant::of(binding) {
            let member = &observed.member;
            let concerned =
                |grant: &Grant| grant.member.as_str() == member || grant.is_deleted_member(member);
            let is_stale = of_role.iter().any(|grant| concerned(grant))
                && !of_role
                    .iter()
                    .any(|grant| ObservedGrant::from(*grant) == observed);
            if is_stale {
                let condition = binding.condition.as_ref();
                gcp::policy::remove(&mut after, &binding.role, member, condition);
            }
        }
    }
    after
}
