//! Every method of every API.

use super::{
    cloudbilling, compute, firestore, iam, kms, pubsub, resourcemanager, serviceusage, storage,
};
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
