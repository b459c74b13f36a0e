//! All that there is of who may do what, as it is kept here: the truth that
//! what somebody reads through the APIs can be compared with.

use super::{
    Resource,
    hierarchy::{folders, prefixes},
    predefined,
};
use crate::Cloud;
use names::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Every resource that has a policy or could have one, and every role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    /// By full name.
    pub items: BTreeMap<String, Item>,
    /// What each role grants; nothing, if it is deleted or disabled.
    pub roles: BTreeMap<String, BTreeSet<String>>,
}

/// A resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Item {
    /// The full name of what it lies in.
    pub parent: Option<String>,
    /// The bindings of its policy that are in force.
    pub rules: Vec<Rule>,
    /// Of a machine: its account.
    pub runs_as: Option<String>,
    /// Of a bucket: whether public access prevention is enforced.
    pub closed_to_public: bool,
}

/// A binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The role.
    pub role: String,
    /// Who has it.
    pub members: Vec<String>,
    /// When: title and expression.
    pub condition: Option<(String, String)>,
}

const NODES: &str = "//cloudresourcemanager.googleapis.com/";

impl Cloud {
    /// Who may do what at `now`, all of it.
    #[must_use]
    pub fn inventory(&self, now: Timestamp) -> Inventory {
        let mut items: BTreeMap<String, Item> = BTreeMap::new();
        let nodes = self
            .iam
            .nodes
            .iter()
            .map(|(key, _)| format!("{NODES}{key}"));
        let accounts = self.iam.accounts.iter();
        let accounts = accounts
            .map(|(email, account)| Resource::service_account(&account.project, email).full_name());
        let folders = self.storage.folder_names().map(|one| one.full_name());
        let kms = self.kms.names();
        let kms = kms.map(|name| format!("//cloudkms.googleapis.com/{name}"));
        let pubsub = self.pubsub.names();
        let pubsub = pubsub.map(|name| format!("//pubsub.googleapis.com/{name}"));
        let policies = self.iam.policies.iter().map(|(key, _)| key.clone());
        let names = nodes.chain(accounts).chain(folders).chain(kms);
        for name in names.chain(pubsub).chain(policies) {
            items.entry(name).or_default();
        }
        for (bucket, closed) in self.storage.names() {
            items
                .entry(bucket.full_name())
                .or_default()
                .closed_to_public = closed;
        }
        for (path, instance) in self.compute.instances.iter() {
            let name = format!("//compute.googleapis.com/{path}");
            let account = instance.account().map(str::to_owned);
            items.entry(name).or_default().runs_as = account;
        }
        let names: Vec<String> = items.keys().cloned().collect();
        for name in names {
            let parent = self.parent(&name, &items);
            let rules = self.rules(&name, now);
            if let Some(item) = items.get_mut(&name) {
                (item.parent, item.rules) = (parent, rules);
            }
        }
        Inventory {
            items,
            roles: self.all_roles(),
        }
    }

    fn rules(&self, name: &str, now: Timestamp) -> Vec<Rule> {
        let policy = self.iam.policy(name);
        let rules = policy.in_force(now).iter().map(|binding| Rule {
            role: binding.role.clone(),
            members: binding.members.clone(),
            condition: binding
                .condition
                .as_ref()
                .map(|c| (c.title.clone(), c.expression.clone())),
        });
        rules.collect()
    }

    /// What it lies in: the innermost that there is.
    fn parent(&self, name: &str, items: &BTreeMap<String, Item>) -> Option<String> {
        if let Some(node) = name.strip_prefix(NODES)
            && let Some(node) = self.iam.nodes.get(node)
        {
            return node
                .parent
                .as_ref()
                .map(|parent| format!("{NODES}{parent}"));
        }
        let is_there = |above: &String| above != name && items.contains_key(above);
        let outer = folders(name).filter(is_there).last();
        let inside = || {
            let mut above = prefixes(name).map(str::to_owned);
            above.find(is_there)
        };
        let project = || {
            let (_, project) = self.iam.canonical(name);
            let project = project.map(|project| Resource::project(&project).full_name());
            // A project that is known by its policy alone lies in nothing.
            project.filter(|project| project != name)
        };
        outer.or_else(inside).or_else(project)
    }

    fn all_roles(&self) -> BTreeMap<String, BTreeSet<String>> {
        let google = predefined::all().iter();
        let google = google.map(|(name, all)| ((*name).to_owned(), all.clone()));
        let custom = self.iam.roles.iter().map(|(name, role)| {
            let granted = role.permissions.iter();
            let granted = granted.filter(|p| self.iam.role_grants(name, p));
            (name.clone(), granted.cloned().collect())
        });
        google.chain(custom).collect()
    }
}
