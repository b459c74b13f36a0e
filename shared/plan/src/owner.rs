//! Ownership: which deployment a resource belongs to, and what it has to be
//! like. Pure.

use crate::{
    ObservedState, Origin, Ownership, Resource, ResourceRecord,
    diff::{Diff, diff},
};
use names::DeploymentId;

/// Which deployment an existing resource belongs to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    ThisDeployment,
    Nobody,
    OtherDeployment(String),
}

/// The owner of an existing resource, by its record and its mark. A record of
/// another resource of the same name (its uid differs) does not count.
pub(crate) fn owner(
    deployment: &DeploymentId,
    entry: Option<&ResourceRecord>,
    observed: &ObservedState,
) -> Owner {
    let same_resource = |entry: &&ResourceRecord| {
        entry.uid.is_none() || observed.uid.is_none() || entry.uid == observed.uid
    };
    match (
        entry.filter(same_resource).map(|e| e.origin),
        &observed.ownership,
    ) {
        (Some(Origin::Adopted), _) => Owner::Nobody,
        (Some(Origin::Created | Origin::Retained { .. }), _)
        | (Some(Origin::Creating), Ownership::Unmarkable) => Owner::ThisDeployment,
        (_, Ownership::MarkedBy(name)) if name == deployment.as_str() => Owner::ThisDeployment,
        (_, Ownership::MarkedBy(name)) => Owner::OtherDeployment(name.clone()),
        (Some(Origin::Creating) | None, Ownership::Unmarked | Ownership::Unmarkable) => {
            Owner::Nobody
        }
    }
}

/// How an existing resource differs from its desired state. An adopted one (not
/// `ours`) is compared only in what groundcrew's work and safety depend on.
pub(crate) fn difference(
    deployment: &DeploymentId,
    resource: &Resource,
    observed: &ObservedState,
    ours: bool,
) -> Diff {
    diff(
        &resource.desired_fields(ours.then_some(deployment)),
        &observed.fields,
    )
}
