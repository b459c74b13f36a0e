//! The deployment record: what groundcrew created and adopted.

use crate::{Grant, ResourceId};
use names::{DeploymentId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A deployment record, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentRecord {
    /// The deployment that it belongs to.
    pub deployment: DeploymentId,
    /// One record per resource.
    pub entries: BTreeMap<ResourceId, ResourceRecord>,
}

/// What is recorded of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceRecord {
    /// Whether groundcrew created it.
    pub origin: Origin,
    /// Unique id, if its kind has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// Its dependencies, which must not be deleted before it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub depends_on: BTreeSet<ResourceId>,
    /// The grants that groundcrew added to a policy.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub grants: BTreeSet<Grant>,
}

/// Whether groundcrew created a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// groundcrew is about to create it, or crashed while doing so.
    Creating,
    /// groundcrew created it.
    Created,
    /// It existed before.
    Adopted,
    /// groundcrew created it and is deleting it, but Google keeps it for now.
    Retained {
        /// When it can be deleted, if known.
        until: Option<Timestamp>,
    },
}

impl Origin {
    /// Whether groundcrew created it and may delete it.
    #[must_use]
    pub fn is_ours(self) -> bool {
        match self {
            Self::Creating | Self::Created | Self::Retained { .. } => true,
            Self::Adopted => false,
        }
    }
}

impl DeploymentRecord {
    /// The record of a deployment without resources.
    #[must_use]
    pub fn new(deployment: DeploymentId) -> Self {
        Self {
            deployment,
            entries: BTreeMap::new(),
        }
    }
}
