//! Cloud Storage, JSON v1.
//!
//! Uniform bucket-level access only: what a caller may do is IAM's to say, and
//! ACLs are neither kept nor shown. `fields` is ignored (answers are whole).
//! Soft-deleted objects cannot be listed or restored.

mod bucket;
mod buckets;
mod download;
mod folder;
mod folders;
mod list;
mod merge;
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

pub(crate) use routes::ROUTES;
pub(crate) use store::Storage;
