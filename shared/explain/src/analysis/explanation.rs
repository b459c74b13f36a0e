//! Everything that a snapshot says about one principal.

use super::{
    ReadFailure, Snapshot,
    effective_access::{EffectiveAccess, effective_access},
    reachable_access::{ReachableAccess, reachable_access},
};
use names::Member;
use serde::Serialize;

/// The access of one principal to all resources of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The principal.
    pub principal: Member,
    /// What the principal may do itself.
    pub direct: EffectiveAccess,
    /// What it may do through escalations.
    pub indirect: ReachableAccess,
    /// What could not be read.
    pub read_failures: Vec<ReadFailure>,
}

/// Explains the access of `principal`.
#[must_use]
pub fn explain(snapshot: &Snapshot, principal: &Member) -> Explanation {
    Explanation {
        principal: principal.clone(),
        direct: effective_access(snapshot, principal),
        indirect: reachable_access(snapshot, principal),
        read_failures: snapshot.read_failures.iter().cloned().collect(),
    }
}
