//! The pure part: from a snapshot to what a principal may do.
//!
//! [`effective_access()`] lists the permissions of a principal on each resource,
//! with the binding that grants them. [`reachable_access()`] lists the other
//! identities that it can act as and the resources whose policy it can change,
//! each with the path. [`explain()`] gives both; [`resource_access()`] restricts
//! them to one resource.
//!
//! Whatever is not known (the members of a group, the permissions of a role, the
//! value of a condition) is reported, and never counts as "no": a grant is left
//! out only if its condition is certainly false.
//!
//! Deny policies, principal access boundaries and organisation policies are not
//! considered. They can only take access away, so the result is an upper bound.

mod condition;
mod display;
mod effective_access;
mod escalation;
mod explanation;
mod member_match;
mod partial_text;
mod reachable_access;
mod request_attributes;
mod resource_access;
mod resource_kind;
mod rules;
mod sensitivity;
mod snapshot;
mod tokens;
mod truth;

#[cfg(test)]
mod tests;

pub use effective_access::{
    EffectiveAccess, EffectiveGrant, GrantingBinding, Undetermined, effective_access,
};
pub use escalation::{Escalation, HeldPermission};
pub use explanation::{Explanation, explain};
pub use reachable_access::{
    EscalationPath, EscalationStep, PathEnd, ReachableAccess, SensitiveAccess, reachable_access,
};
pub use resource_access::{ResourceAccess, ResourcePath, resource_access};
pub use resource_kind::ResourceKind;
pub use sensitivity::Sensitivity;
pub use snapshot::{BindingCondition, ReadFailure, ResourcePolicy, RoleBinding, Snapshot};
