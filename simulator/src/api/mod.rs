//! Google's APIs, one folder each.

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
mod test_api;
#[cfg(test)]
mod test_cloud;
