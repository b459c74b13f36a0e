//! Who may do what to which resource: the engine behind every call.

mod account;
mod condition;
mod decision;
mod deletion;
mod hierarchy;
mod inventory;
mod methods;
mod oidc;
mod policy;
mod predefined;
mod principal;
mod resource;
mod roles;
mod token;

#[cfg(test)]
mod tests;

pub(crate) use account::Account;
pub(crate) use hierarchy::Node;
pub use inventory::{Inventory, Item, Rule};
pub(crate) use methods::{policy_get, policy_set, policy_test};
pub use oidc::{BadKey, Signer};
pub use principal::Principal;
pub use resource::{Need, Resource};
pub(crate) use roles::Role;
pub(crate) use token::hash;

use crate::table::{Journaled, Table};
use names::{Duration, Timestamp};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Projects, policies, roles, service accounts and live tokens.
#[derive(Debug, Clone)]
pub(crate) struct Iam {
    pub(crate) nodes: Table<Node>,
    pub(crate) accounts: Table<Account>,
    /// How many accounts with this address were deleted.
    buried: Table<u64>,
    graves: Table<deletion::Grave>,
    pub(crate) roles: Table<Role>,
    policies: Table<policy::Policy>,
    /// The project of what does not name it.
    places: Table<String>,
    groups: Table<BTreeSet<String>>,
    pub(crate) tokens: Table<token::Token>,
    keys: Table<String>,
    /// ID tokens handed out and when they expire, by what was asked.
    id_tokens: BTreeMap<String, (String, Timestamp)>,
    signer: Option<Arc<Signer>>,
    forbidden: BTreeSet<(String, String)>,
    delay: Duration,
}

impl Iam {
    pub(crate) fn new() -> Self {
        Self {
            nodes: Table::new("nodes"),
            accounts: Table::new("accounts"),
            buried: Table::new("buried"),
            graves: Table::new("graves"),
            roles: Table::new("roles"),
            policies: Table::new("policies"),
            places: Table::new("places"),
            groups: Table::new("groups"),
            tokens: Table::new("tokens"),
            keys: Table::new("keys"),
            id_tokens: BTreeMap::new(),
            signer: None,
            forbidden: BTreeSet::new(),
            delay: Duration::ZERO,
        }
    }

    pub(crate) fn tables(&mut self) -> Vec<&mut dyn Journaled> {
        vec![
            &mut self.nodes,
            &mut self.accounts,
            &mut self.buried,
            &mut self.graves,
            &mut self.roles,
            &mut self.policies,
            &mut self.places,
            &mut self.groups,
            &mut self.tokens,
            &mut self.keys,
        ]
    }
}
