//! Who may do what in a project, through which binding, and who else they can
//! become.
//!
//! [`collect()`] reads policies, roles and resources into a [`Snapshot`];
//! [`explain()`] is pure and derives from it what a principal may do.

mod analysis;
mod collect;

pub use analysis::{
    Condition, EffectiveAccess, EffectiveGrant, Escalation, EscalationPath, EscalationStep,
    Evidence, Explanation, GrantingBinding, PathEnd, ReachableAccess, ReadFailure, ResourceAccess,
    ResourceKind, ResourcePath, ResourcePolicy, RoleBinding, SensitiveAccess, Sensitivity,
    Snapshot, Undetermined, effective_access, explain, reachable_access, resource_access,
};
pub use collect::{CollectScope, collect};
