//! The deployment's mark: how a resource says which deployment manages it.
//!
//! It is a label where the kind has labels, otherwise a suffix of the
//! description.

use crate::Ownership;
use names::{DeploymentName, label};
use std::collections::BTreeMap;

const MARK: &str = "[groundcrew-deployment: ";

/// The description with the deployment's mark added.
pub(super) fn with_mark(description: &str, deployment: &DeploymentName) -> String {
    format!("{description} {MARK}{deployment}]")
}

pub(super) fn ownership_from_description(description: &str) -> Ownership {
    let marked = description.rsplit_once(MARK);
    match marked.and_then(|(_, rest)| rest.strip_suffix(']')) {
        Some(deployment) => Ownership::MarkedBy(deployment.to_owned()),
        None => Ownership::Unmarked,
    }
}

pub(super) fn ownership_from_labels(labels: &BTreeMap<String, String>) -> Ownership {
    match labels.get(label::DEPLOYMENT) {
        Some(deployment) => Ownership::MarkedBy(deployment.clone()),
        None => Ownership::Unmarked,
    }
}
