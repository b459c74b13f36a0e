//! Google's APIs, one folder each.

pub(crate) mod artifactregistry;
pub(crate) mod billingbudgets;
pub mod cloudbilling;
pub mod cloudidentity;
pub(crate) mod cloudscheduler;
pub mod compute;
pub mod firestore;
pub mod iam;
pub(crate) mod kinds;
pub mod kms;
mod locations;
pub(crate) mod logging;
pub mod metadata;
pub(crate) mod orgpolicy;
pub mod pubsub;
#[cfg(test)]
mod recordings;
pub mod resourcemanager;
pub(crate) mod routes;
pub(crate) mod run;
pub(crate) mod secretmanager;
pub mod serviceusage;
pub mod storage;
#[cfg(test)]
mod test_api;
#[cfg(test)]
pub(crate) mod test_cloud;
