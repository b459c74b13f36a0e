//! IAM: principals, roles, policies and tokens, and the decisions on every
//! call.

mod accounts;
mod condition;
mod decision;
mod deletion;
mod hash;
mod hierarchy;
mod id_tokens;
mod inventory;
mod methods;
mod node;
mod policies;
mod policy;
mod predefined;
mod principal;
mod resource;
mod roles;
mod signer;
mod store;
mod token;
mod tokens;

#[cfg(test)]
mod tests;

pub(crate) use accounts::{Account, compute_account};
pub(crate) use hash::hash;
pub(crate) use hierarchy::RESOURCE_MANAGER;
pub use inventory::{Inventory, Item, Rule};
pub(crate) use methods::{policy_get, policy_set, policy_test};
pub(crate) use node::Node;
pub(crate) use predefined::PredefinedRole;
pub use principal::Principal;
pub use resource::{RequiredPermission, Resource};
pub(crate) use roles::Role;
pub use signer::{BadKey, Signer};
pub(crate) use store::Iam;
