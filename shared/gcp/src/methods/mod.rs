//! The methods that groundcrew calls, one module per API.

pub mod cloudbilling;
pub mod compute;
pub mod firestore;
pub mod iam;
pub mod iamcredentials;
mod int64;
pub mod keyrings;
pub mod kms;
pub mod pubsub;
pub mod resourcemanager;
pub mod serviceusage;
pub mod storage;

use crate::Method;

/// Every method, by API.
pub static ALL: &[&[&Method]] = &[
    cloudbilling::ALL,
    compute::ALL,
    firestore::ALL,
    iam::ALL,
    iamcredentials::ALL,
    keyrings::ALL,
    kms::ALL,
    pubsub::ALL,
    resourcemanager::ALL,
    serviceusage::ALL,
    storage::ALL,
];
