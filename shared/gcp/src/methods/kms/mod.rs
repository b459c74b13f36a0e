//! Cloud Key Management Service, v1: key rings, keys and their versions.

mod decrypt;
mod encrypt;
mod keys;
mod permissions;
mod rings;
mod versions;

pub use decrypt::*;
pub use encrypt::*;
pub use keys::*;
pub use rings::*;
pub use versions::*;

use crate::Method;

/// Every method of this module.
pub static ALL: &[&Method] = &[
    &RINGS_CREATE,
    &RINGS_DELETE,
    &RINGS_GET,
    &KEYS_CREATE,
    &KEYS_DECRYPT,
    &KEYS_DELETE,
    &KEYS_ENCRYPT,
    &KEYS_GET,
    &KEYS_GET_IAM_POLICY,
    &KEYS_PATCH,
    &KEYS_SET_IAM_POLICY,
    &KEYS_UPDATE_PRIMARY,
    &VERSIONS_CREATE,
    &VERSIONS_DELETE,
    &VERSIONS_DESTROY,
    &VERSIONS_LIST,
];
