//! Identity and Access Management, v1: service accounts and custom roles.

mod accounts;
mod custom_roles;

pub use accounts::*;
pub use custom_roles::*;

use crate::{Collection, Method};

/// Every collection of this module.
pub static COLLECTIONS: &[&Collection] = &[&ACCOUNTS, &ROLES];

/// Every other method of this module.
pub static ALL: &[&Method] = &[
    &ACCOUNT_KEYS_CREATE,
    &ACCOUNTS_DISABLE,
    &ACCOUNTS_ENABLE,
    &ACCOUNTS_UNDELETE,
    &ORGANIZATION_ROLES_GET,
    &PREDEFINED_ROLES_GET,
    &ROLES_UNDELETE,
];
