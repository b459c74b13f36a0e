//! IAM: principals, roles, policies and tokens, and the decisions on every
//! call.

mod account_keys;
mod accounts;
mod assertion;
mod certificate;
mod condition;
mod decision;
mod deletion;
mod hash;
mod hierarchy;
mod id_tokens;
mod identity;
mod inventory;
mod member_domains;
mod methods;
mod node;
mod policies;
mod policy;
mod predefined;
mod principal;
mod resource;
mod roles;
mod signatures;
mod signer;
mod store;
mod token;
mod tokens;

#[cfg(test)]
mod tests;

pub(crate) use account_keys::AccountKey;
pub(crate) use assertion::Assertion;
pub(crate) use certificate::{Certificate, self_signed};
pub(crate) use hash::hash;
pub(crate) use hierarchy::RESOURCE_MANAGER;
pub(crate) use identity::{Account, Role, compute_account};
pub use inventory::{Inventory, Item, Rule};
pub(crate) use methods::{policy_get, policy_set, policy_test};
pub(crate) use node::{Customer, Node};
pub(crate) use predefined::{PredefinedRole, all_permissions, predefined_roles};
pub use principal::Principal;
pub use resource::{RequiredPermission, Resource};
pub use signer::{BadKey, Signer};
pub(crate) use store::Iam;
