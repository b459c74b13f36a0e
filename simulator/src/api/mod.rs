//! Google's APIs, one folder each: a table of routes and what they do.

pub mod cloudbilling;
pub mod compute;
pub mod firestore;
pub mod iam;
pub mod kms;
pub mod metadata;
pub mod pubsub;
pub mod resourcemanager;
pub mod serviceusage;
pub mod storage;

#[cfg(test)]
mod asking;
#[cfg(test)]
mod world;

use crate::route::Route;

/// Every method of every API.
pub(crate) const ROUTES: &[&[Route]] = &[
    cloudbilling::ROUTES,
    compute::ROUTES,
    firestore::ROUTES,
    iam::ROUTES,
    kms::ROUTES,
    pubsub::ROUTES,
    resourcemanager::ROUTES,
    serviceusage::ROUTES,
    storage::ROUTES,
];
