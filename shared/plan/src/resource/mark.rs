//! The deployment's mark: how a resource says which deployment manages it.
//!
//! It is a label where the kind has labels, otherwise a suffix of the
//! description.

use crate::Ownership;
use names::{DeploymentId, label};
use serde_json::Value;

const MARK: &str = "[groundcrew-deployment: ";

/// The description or the labels with the deployment's mark added.
pub(super) fn with_mark(mut value: Value, deployment: &DeploymentId) -> Value {
    if let Some(description) = value.as_str() {
        return format!("{description} {MARK}{deployment}]").into();
    }
    value[label::DEPLOYMENT] = deployment.as_str().into();
    value
}

/// Whose mark a description or labels have.
pub(super) fn ownership_of(value: &Value) -> Ownership {
    let deployment = match value.as_str() {
        Some(description) => {
            let marked = description.rsplit_once(MARK);
            marked.and_then(|(_, rest)| rest.strip_suffix(']'))
        }
        None => value[label::DEPLOYMENT].as_str(),
    };
    deployment.map_or(Ownership::Unmarked, |deployment| {
        Ownership::MarkedBy(deployment.to_owned())
    })
}
