//! All methods of all APIs.

use super::{
    cloudbilling, compute, firestore, iam, kinds::KINDS, kms, locations, logging, orgpolicy,
    pubsub, resourcemanager, serviceusage, storage,
};
use crate::{
    collection::{self, routes_of},
    route::Route,
};
use std::sync::OnceLock;

/// Methods with functions of their own.
pub(crate) const TABLES: &[&[Route]] = &[
    cloudbilling::ROUTES,
    collection::ROUTES,
    compute::ROUTES,
    firestore::ROUTES,
    iam::ROUTES,
    kms::ROUTES,
    locations::ROUTES,
    logging::ROUTES,
    orgpolicy::ROUTES,
    pubsub::ROUTES,
    resourcemanager::ORGANIZATION_ROUTES,
    resourcemanager::ROUTES,
    serviceusage::ROUTES,
    storage::ROUTES,
];

/// The routes of all APIs.
pub(crate) fn routes() -> impl Iterator<Item = &'static Route> {
    static STANDARD: OnceLock<Vec<Route>> = OnceLock::new();
    let standard = STANDARD.get_or_init(|| KINDS.iter().flat_map(|kind| routes_of(kind)).collect());
    TABLES.iter().copied().flatten().chain(standard)
}
