//! All kinds of resources that are [`crate::collection::Kind`]s.

use super::{
    artifactregistry::REPOSITORY,
    cloudscheduler::JOB,
    compute::{
        SNAPSHOT,
        network::{ADDRESS, FIREWALL, NETWORK, ROUTER, SUBNETWORK},
    },
    iam::{ORGANIZATION_ROLE, PROJECT_ROLE, SERVICE_ACCOUNT},
    kms::{CRYPTO_KEY, CRYPTO_KEY_VERSION, KEY_RING},
    logging::SINK,
    pubsub::{SCHEMA, SNAPSHOT as PUBSUB_SNAPSHOT, SUBSCRIPTION, TOPIC},
    resourcemanager::{FOLDER, FOLDER_V2, PROJECT, PROJECT_V1},
    run::{REVISION, REVISION_V1, SERVICE, SERVICE_POLICY_V1, SERVICE_V1},
    secretmanager::{SECRET, SECRET_VERSION},
    storage::MANAGED_FOLDER,
};
use crate::collection::Kind;

/// A kind is in this list and nowhere else.
pub(crate) static KINDS: &[&Kind] = &[
    &ADDRESS,
    &CRYPTO_KEY,
    &CRYPTO_KEY_VERSION,
    &FIREWALL,
    &FOLDER,
    &FOLDER_V2,
    &JOB,
    &KEY_RING,
    &MANAGED_FOLDER,
    &NETWORK,
    &ORGANIZATION_ROLE,
    &PROJECT,
    &PROJECT_ROLE,
    &PROJECT_V1,
    &PUBSUB_SNAPSHOT,
    &REPOSITORY,
    &REVISION,
    &REVISION_V1,
    &ROUTER,
    &SCHEMA,
    &SECRET,
    &SECRET_VERSION,
    &SERVICE,
    &SERVICE_ACCOUNT,
    &SERVICE_POLICY_V1,
    &SERVICE_V1,
    &SINK,
    &SNAPSHOT,
    &SUBNETWORK,
    &SUBSCRIPTION,
    &TOPIC,
];
