//! The state of IAM.

use crate::{
    iam::{
        account_keys::AccountKey,
        identity::{Account, Role},
        node::Node,
        policy::Policy,
        principal::Principal,
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
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) roles: BTreeMap<String, Role>,
    pub(super) policies: Table<Policy>,
    /// Projects of resources whose names do not contain them.
    pub(super) resource_projects: Table<String>,
    pub(crate) tokens: Table<Token>,
    pub(super) refresh_tokens: Table<Principal>,
    /// What tokens are derived from besides; empty where they may be guessed.
    pub(super) token_secret: String,
    pub(super) keys: Table<String>,
    pub(crate) account_keys: Table<AccountKey>,
    /// Issued ID tokens with expiry, by their parameters.
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
            accounts: BTreeMap::new(),
            roles: BTreeMap::new(),
            policies: Table::new("policies"),
            resource_projects: Table::new("resource_projects"),
            tokens: Table::new("tokens"),
            refresh_tokens: Table::new("refresh_tokens"),
            token_secret: String::new(),
            keys: Table::new("keys"),
            account_keys: Table::new("account_keys"),
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
            &mut self.policies,
            &mut self.resource_projects,
            &mut self.tokens,
            &mut self.refresh_tokens,
            &mut self.keys,
            &mut self.account_keys,
        ]
    }
}
