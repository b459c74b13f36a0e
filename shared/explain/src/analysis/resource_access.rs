//! What a principal may do on one resource, itself and through escalations.

use super::{
    ReadFailure, Snapshot,
    effective_access::{EffectiveAccess, EffectiveGrant, Undetermined, effective_access},
    reachable_access::{EscalationPath, PathEnd, reachable_access},
};
use names::{FullResourceName, Member};
use serde::Serialize;
use std::collections::BTreeSet;

/// The access of one principal to one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResourceAccess {
    /// The principal.
    pub principal: Member,
    /// The resource.
    pub resource: FullResourceName,
    /// What the principal may do there itself.
    pub direct: Vec<EffectiveGrant>,
    /// What it may do there through escalations.
    pub indirect: Vec<ResourcePath>,
    /// What could not be determined.
    pub undetermined: BTreeSet<Undetermined>,
    /// What could not be read.
    pub read_failures: Vec<ReadFailure>,
}

/// An escalation path that leads to a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResourcePath {
    /// The path; its end has no `sensitive_access`, which concerns other
    /// resources as well.
    pub path: EscalationPath,
    /// What the identity at the end may do on the resource; empty if the path
    /// ends in control over the policy.
    pub grants: Vec<EffectiveGrant>,
}

/// What `principal` may do on `resource`; `None` if the resource is not in the
/// snapshot.
#[must_use]
pub fn resource_access(
    snapshot: &Snapshot,
    principal: &Member,
    resource: &FullResourceName,
) -> Option<ResourceAccess> {
    snapshot.resources.get(resource)?;
    let grants_on_resource =
        |access: &EffectiveAccess| access.on(resource).cloned().collect::<Vec<_>>();
    let direct = effective_access(snapshot, principal);
    let reachable = reachable_access(snapshot, principal);
    let indirect = reachable
        .paths
        .into_iter()
        .filter_map(|path| match &path.end {
            PathEnd::Identity { .. } => {
                let access = effective_access(snapshot, &path.steps.last()?.to);
                let grants = grants_on_resource(&access);
                let end = PathEnd::Identity {
                    sensitive_access: Vec::new(),
                };
                let path = EscalationPath { end, ..path };
                (!grants.is_empty()).then_some(ResourcePath { path, grants })
            }
            PathEnd::Control {
                resource: controlled,
                ..
            } => {
                let mut ancestry = snapshot.ancestry(resource);
                let grants = Vec::new();
                ancestry
                    .any(|(name, _)| name == controlled)
                    .then_some(ResourcePath { path, grants })
            }
        });
    Some(ResourceAccess {
        principal: principal.clone(),
        resource: resource.clone(),
        direct: grants_on_resource(&direct),
        indirect: indirect.collect(),
        undetermined: (direct.undetermined)
            .union(&reachable.undetermined)
            .cloned()
            .collect(),
        read_failures: snapshot.read_failures.iter().cloned().collect(),
    })
}
