//! Cloud Storage: JSON v1, and the XML API of objects (`xml`).
//!
//! IAM alone decides; access control lists are shown where Google shows them, but
//! cannot be changed. Soft-deleted objects cannot be listed or restored.

mod acl;
mod bucket;
mod bucket_fields;
mod buckets;
mod checksums;
mod compose;
mod contents;
mod download;
mod fields;
mod folder;
mod hold;
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
mod view;
mod write;
pub(crate) mod xml;

#[cfg(test)]
mod tests;

pub(crate) use folder::MANAGED_FOLDER;
pub(crate) use multipart::{Multipart, boundary};
pub(crate) use routes::ROUTES;
pub(crate) use store::Storage;
