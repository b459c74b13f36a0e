//! The complete state of access: resources, bindings and roles. Tests compare
//! it with what is read through the APIs.

use super::{
    Resource,
    hierarchy::{RESOURCE_MANAGER, managed_folders, prefixes},
    predefined,
};
use crate::Cloud;
use names::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// All resources that have or could have a policy, and all roles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Resources by full name.
    pub items: BTreeMap<String, Item>,
    /// The permissions of each role; none if it is deleted or disabled.
    pub roles: BTreeMap<String, BTreeSet<String>>,
}

/// A resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Item {
    /// Full name of the parent resource.
    pub parent: Option<String>,
    /// The effective bindings of its policy.
    pub rules: Vec<Rule>,
    /// Of a machine: its service account.
    pub runs_as: Option<String>,
    /// Of a bucket: whether public access prevention is enforced.
    pub closed_to_public: bool,
}

/// A binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Name of the role.
    pub role: String,
    /// The principals that have the role.
    pub members: Vec<String>,
    /// Title and expression of the condition.
    pub condition: Option<(String, String)>,
}

impl Cloud {
    /// All access at `now`.
    #[must_use]
    pub fn inventory(&self, now: Timestamp) -> Inventory {
        let mut items: BTreeMap<String, Item> = BTreeMap::new();
        let nodes = self
            .iam
            .nodes
            .iter()
            .map(|(key, _)| format!("{RESOURCE_MANAGER}{key}"));
        let rows = self.resources.rows.iter();
        let rows = rows.filter(|(_, row)| row.expires.is_none() && row.kind != "Role");
        let rows = rows.map(|(name, _)| name.clone());
        let policies = self.iam.policies.iter().map(|(key, _)| key.clone());
        for name in nodes.chain(rows).chain(policies) {
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
        let rules = policy.effective(now).iter().map(|binding| Rule {
            role: binding.role.clone(),
            members: binding.members.clone(),
            condition: binding
                .condition
                .as_ref()
                .map(|c| (c.title.clone(), c.expression.clone())),
        });
        rules.collect()
    }

    /// The full name of the closest existing parent.
    fn parent(&self, name: &str, items: &BTreeMap<String, Item>) -> Option<String> {
        if let Some(node) = name.strip_prefix(RESOURCE_MANAGER)
            && let Some(node) = self.iam.nodes.get(node)
        {
            return node
                .parent
                .as_ref()
                .map(|parent| format!("{RESOURCE_MANAGER}{parent}"));
        }
        let is_there = |ancestors: &String| ancestors != name && items.contains_key(ancestors);
        let outer = managed_folders(name).filter(is_there).last();
        let inside = || {
            let mut ancestors = prefixes(name).map(str::to_owned);
            ancestors.find(is_there)
        };
        let project = || {
            let (_, project) = self.iam.canonical(name);
            let project = project.map(|project| Resource::project(&project).full_name());
            // A project that is known only from its policy has no parent.
            project.filter(|project| project != name)
        };
        outer.or_else(inside).or_else(project)
    }

    fn all_roles(&self) -> BTreeMap<String, BTreeSet<String>> {
        let google = predefined::predefined_roles();
        let google = google.map(|(name, role)| {
            let granted = role.permissions().map(str::to_owned);
            ((*name).to_owned(), granted.collect())
        });
        let custom = self
            .iam
            .roles
            .iter()
            .map(|(name, role)| (name.clone(), role.permissions.clone()));
        google.chain(custom).collect()
    }
}
