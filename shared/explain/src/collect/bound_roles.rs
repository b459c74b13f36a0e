//! The permissions of all roles that the collected policies bind.

use super::collected::{Collected, read_concurrently};
use gcp::{Client, methods::iam};
use names::RoleName;
use std::collections::{BTreeMap, BTreeSet};

pub(super) async fn read(
    client: &Client,
    collected: &mut Collected,
) -> BTreeMap<String, BTreeSet<String>> {
    let bindings = collected.resources.values().flat_map(|r| &r.bindings);
    let names: BTreeSet<String> = bindings.map(|binding| binding.role.clone()).collect();
    let mut roles = BTreeMap::new();
    let mut parsed = Vec::new();
    for name in names {
        match name.parse::<RoleName>() {
            Ok(role) => parsed.push(role),
            Err(error) => collected.record_failure(format!("the permissions of {name}"), error),
        }
    }
    let read = read_concurrently(parsed, |name| async move {
        let role = iam::get_any_role(client, &name).await;
        (name, role)
    });
    for (name, role) in read.await {
        match role {
            // A deleted or disabled role grants nothing.
            Ok(role) if role.deleted || role.stage == "DISABLED" => {
                roles.insert(name.to_string(), BTreeSet::new());
            }
            Ok(role) => {
                let permissions = role.included_permissions.into_iter().collect();
                roles.insert(name.to_string(), permissions);
            }
            Err(error) => collected.record_failure(format!("the permissions of {name}"), error),
        }
    }
    roles
}
