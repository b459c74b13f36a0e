//! All methods of all APIs.

use super::{
    cloudbilling, compute, firestore, iam, kms, pubsub, resourcemanager, serviceusage, storage,
};
use crate::route::Route;

/// The route tables of all APIs.
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
