//! Cloud Storage, JSON API v1: buckets, managed folders and objects.

mod buckets;
mod folders;
mod insert_with_metadata;
mod objects;

pub use buckets::*;
pub use folders::*;
pub use insert_with_metadata::*;
pub use objects::*;

use crate::{Collection, Method};

/// Every collection of this module.
pub static COLLECTIONS: &[&Collection] = &[&BUCKETS, &FOLDERS];

/// Every other method of this module.
pub static ALL: &[&Method] = &[
    &OBJECTS_INSERT,
    &OBJECTS_GET,
    &OBJECTS_GET_MEDIA,
    &OBJECTS_LIST,
    &OBJECTS_DELETE,
    &BUCKETS_TEST_IAM_PERMISSIONS,
];
