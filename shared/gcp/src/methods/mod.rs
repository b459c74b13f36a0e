//! The methods that groundcrew calls, one module per API.

pub mod artifactregistry;
pub mod billingbudgets;
pub mod cloudbilling;
pub mod cloudscheduler;
pub mod compute;
pub mod firestore;
pub mod iam;
pub mod iamcredentials;
mod int64;
pub mod kms;
pub mod logging;
mod operation_fields;
pub mod pubsub;
pub mod resourcemanager;
pub mod run;
pub mod serviceusage;
pub mod storage;

use crate::{Collection, Method};

/// Every collection, by API.
pub static COLLECTIONS: &[&[&Collection]] = &[
    artifactregistry::COLLECTIONS,
    billingbudgets::COLLECTIONS,
    cloudbilling::COLLECTIONS,
    cloudscheduler::COLLECTIONS,
    compute::COLLECTIONS,
    firestore::COLLECTIONS,
    iam::COLLECTIONS,
    kms::COLLECTIONS,
    logging::COLLECTIONS,
    pubsub::COLLECTIONS,
    resourcemanager::COLLECTIONS,
    run::COLLECTIONS,
    serviceusage::COLLECTIONS,
    storage::COLLECTIONS,
];

/// Every other method, by API.
pub static OTHERS: &[&[&Method]] = &[
    artifactregistry::ALL,
    cloudbilling::ALL,
    compute::ALL,
    firestore::ALL,
    iam::ALL,
    iamcredentials::ALL,
    kms::ALL,
    logging::ALL,
    pubsub::ALL,
    resourcemanager::ALL,
    serviceusage::ALL,
    storage::ALL,
];

/// Every method.
pub fn all() -> impl Iterator<Item = &'static Method> {
    let collections = COLLECTIONS.iter().copied().flatten();
    let others = OTHERS.iter().copied().flatten().copied();
    collections
        .flat_map(|collection| collection.methods)
        .chain(others)
}
