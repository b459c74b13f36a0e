//! Cloud Storage, JSON API v1: buckets, managed folders and objects.

mod buckets;
mod folders;
mod insert_with_metadata;
mod objects;
mod permissions;

pub use buckets::*;
pub use folders::*;
pub use insert_with_metadata::*;
pub use objects::*;

use crate::Method;

/// Every method of this module.
pub static ALL: &[&Method] = &[
    &BUCKETS_INSERT,
    &BUCKETS_DELETE,
    &BUCKETS_GET,
    &BUCKETS_GET_IAM_POLICY,
    &BUCKETS_LIST,
    &BUCKETS_PATCH,
    &BUCKETS_SET_IAM_POLICY,
    &FOLDERS_DELETE,
    &FOLDERS_GET,
    &FOLDERS_GET_IAM_POLICY,
    &FOLDERS_INSERT,
    &FOLDERS_LIST,
    &FOLDERS_SET_IAM_POLICY,
    &OBJECTS_INSERT,
    &OBJECTS_GET,
    &OBJECTS_GET_MEDIA,
    &OBJECTS_LIST,
    &OBJECTS_DELETE,
];
