//! Explains who may do what in a Google Cloud project, through which binding,
//! and which other identities a principal can act as.
//!
//! The crate has two parts. [`collect()`] reads policies, roles and resources
//! through Google's APIs into a [`Snapshot`]; what it cannot read is recorded in
//! the snapshot. The analysis is pure: [`effective_access()`],
//! [`reachable_access()`], [`explain()`] and [`resource_access()`] derive from a
//! snapshot what a principal may do. Their results print as text and serialize
//! as JSON.

mod analysis;
mod collect;

pub use analysis::{
    BindingCondition, EffectiveAccess, EffectiveGrant, Escalation, EscalationPath, EscalationStep,
    Explanation, GrantingBinding, HeldPermission, PathEnd, ReachableAccess, ReadFailure,
    ResourceAccess, ResourceKind, ResourcePath, ResourcePolicy, RoleBinding, SensitiveAccess,
    Sensitivity, Snapshot, Undetermined, effective_access, explain, reachable_access,
    resource_access,
};
pub use collect::{CollectScope, collect};
