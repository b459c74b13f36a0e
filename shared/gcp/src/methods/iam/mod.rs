//! Identity and Access Management, v1: service accounts and custom roles.

mod accounts;
mod custom_roles;
mod permissions;

pub use accounts::*;
pub use custom_roles::*;

use crate::Method;

/// Every method of this module.
pub static ALL: &[&Method] = &[
    &ACCOUNTS_CREATE,
    &ACCOUNTS_DELETE,
    &ACCOUNTS_DISABLE,
    &ACCOUNTS_ENABLE,
    &ACCOUNTS_GET,
    &ACCOUNTS_GET_IAM_POLICY,
    &ACCOUNTS_LIST,
    &ACCOUNTS_PATCH,
    &ACCOUNTS_SET_IAM_POLICY,
    &ACCOUNTS_UNDELETE,
    &ROLES_CREATE,
    &ROLES_DELETE,
    &ORGANIZATION_ROLES_GET,
    &PREDEFINED_ROLES_GET,
    &ROLES_GET,
    &ROLES_PATCH,
    &ROLES_UNDELETE,
];
