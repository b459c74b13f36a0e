//! What every product has in common. Pure.

use crate::{CUSTOMER, Deployment, Identity, account, roles};
use product::Settings;

/// The settings for every product of `deployment`.
#[must_use]
pub fn settings(deployment: &Deployment) -> Settings {
    let setup = Identity::ProjectProvisioned;
    let roles = roles(deployment).into_iter();
    let of_setup = roles.filter(|role| role.identity == setup && role.project.as_str() == CUSTOMER);
    let permissions = of_setup.flat_map(|role| role.permissions);
    Settings {
        setup_account: account(deployment, setup),
        setup_permissions: permissions.map(str::to_owned).collect(),
    }
}
