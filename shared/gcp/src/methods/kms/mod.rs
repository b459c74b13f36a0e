//! Cloud Key Management Service, v1: key rings, keys and their versions.

mod decrypt;
mod encrypt;
mod keys;
mod rings;
mod versions;

pub use decrypt::*;
pub use encrypt::*;
pub use keys::*;
pub use rings::*;
pub use versions::*;

use crate::{Collection, Method};

/// Every collection of this module.
pub static COLLECTIONS: &[&Collection] = &[&RINGS, &KEYS];

/// Every other method of this module.
pub static ALL: &[&Method] = &[
    &LOCATIONS_LIST,
    &KEYS_DECRYPT,
    &KEYS_ENCRYPT,
    &KEYS_UPDATE_PRIMARY,
    &VERSIONS_CREATE,
    &VERSIONS_DELETE,
    &VERSIONS_DESTROY,
    &VERSIONS_LIST,
];
