//! What a principal may do in a cloud, directly and through others. Pure.
//!
//! [`Picture`] is what was read of the cloud. [`effective()`] says which
//! permissions a principal has on each resource, and through which binding.
//! [`closure()`] says whom else it can become, and whose access it can change,
//! each with the path. Wherever something is not known (who is in a group, what
//! a role permits, whether a condition holds), the answer says so, and never
//! takes it for a no: a condition that is not surely false is an *if*.
//!
//! Deny policies, principal access boundaries and organisation policies are not
//! looked at: they only take away, so what is said here is at the worst too much.

mod condition;
mod effective_access;
mod escalation;
mod kind;
mod member;
mod reachable_access;
mod request_attributes;
mod resource_access;
mod rules;
mod sensitivity;
mod show;
mod snapshot;

#[cfg(test)]
mod tests;

pub use effective_access::{
    EffectiveAccess, EffectiveGrant, GrantingBinding, Undetermined, effective_access,
};
pub use escalation::{Escalation, Evidence};
pub use kind::ResourceKind;
pub use reachable_access::{
    EscalationPath, EscalationStep, PathEnd, ReachableAccess, SensitiveAccess, reachable_access,
};
pub use resource_access::{ResourceAccess, ResourcePath, resource_access};
pub use sensitivity::Sensitivity;
pub use snapshot::{Condition, ReadFailure, ResourcePolicy, RoleBinding, Snapshot};

use names::Member;
use serde::Serialize;

/// All that a picture says of a principal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The principal.
    pub who: Member,
    /// What it may do by itself.
    pub direct: EffectiveAccess,
    /// What it may come to do through others.
    pub through: ReachableAccess,
    /// What could not be read of the cloud.
    pub gaps: Vec<ReadFailure>,
}

/// Says all that `picture` has of `who`.
#[must_use]
pub fn explain(picture: &Snapshot, who: &Member) -> Explanation {
    Explanation {
        who: who.clone(),
        direct: effective_access(picture, who),
        through: reachable_access(picture, who),
        gaps: picture.read_failures.iter().cloned().collect(),
    }
}
