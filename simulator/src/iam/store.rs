//! The state of IAM: who may do what.

use crate::{
    iam::{
        account::{Account, DeletedAccount},
        node::Node,
        policy::Policy,
        role::Role,
        signer::Signer,
        token::Token,
    },
    table::{Journaled, Table},
};
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
    pub(super) buried: Table<u64>,
    pub(super) graves: Table<DeletedAccount>,
    pub(crate) roles: Table<Role>,
    pub(super) policies: Table<Policy>,
    /// The project of what does not name it.
    pub(super) places: Table<String>,
    pub(super) groups: Table<BTreeSet<String>>,
    pub(crate) tokens: Table<Token>,
    pub(super) keys: Table<String>,
    /// ID tokens handed out and when they expire, by what was asked.
    pub(super) id_tokens: BTreeMap<String, (String, Timestamp)>,
    pub(super) signer: Option<Arc<Signer>>,
    pub(super) forbidden: BTreeSet<(String, String)>,
    pub(super) delay: Duration,
    pub(super) account_delay: Duration,
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
            account_delay: Duration::ZERO,
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
