//! Cloud Storage, JSON v1.
//!
//! Uniform bucket-level access only: IAM decides, and there are no ACLs.
//! Soft-deleted objects cannot be
//! listed or restored.

mod bucket;
mod buckets;
mod compose;
mod contents;
mod download;
mod fields;
mod folder;
mod list;
mod multipart;
mod object;
mod permissions;
mod policy;
mod precondition;
mod resource;
mod retention;
mod routes;
mod session;
mod store;
mod upload;
mod write;

#[cfg(test)]
mod tests;

pub(crate) use folder::MANAGED_FOLDER;
pub(crate) use multipart::{Multipart, boundary};
pub(crate) use routes::ROUTES;
pub(crate) use store::Storage;
