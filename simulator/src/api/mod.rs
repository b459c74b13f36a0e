//! Google's APIs, one folder each: a table of routes and what they do.

#[cfg(test)]
mod asking;
pub mod cloudbilling;
pub mod compute;
pub mod firestore;
pub mod iam;
pub mod kms;
pub mod metadata;
pub mod pubsub;
pub mod resourcemanager;
pub(crate) mod routes;
pub mod serviceusage;
pub mod storage;
#[cfg(test)]
mod world;
