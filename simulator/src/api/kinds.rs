//! All kinds of resources that are [`crate::collection::Kind`]s.

use super::{
    artifactregistry::REPOSITORY,
    cloudscheduler::JOB,
    compute::network::{FIREWALL, NETWORK, SUBNETWORK},
    kms::KEY_RING,
    logging::SINK,
    pubsub::{SUBSCRIPTION, TOPIC},
    secretmanager::{SECRET, SECRET_VERSION},
    storage::MANAGED_FOLDER,
};
use crate::collection::Kind;

/// A kind is in this list and nowhere else.
pub(crate) static KINDS: &[&Kind] = &[
    &FIREWALL,
    &JOB,
    &KEY_RING,
    &MANAGED_FOLDER,
    &NETWORK,
    &REPOSITORY,
    &SECRET,
    &SECRET_VERSION,
    &SINK,
    &SUBNETWORK,
    &SUBSCRIPTION,
    &TOPIC,
];
