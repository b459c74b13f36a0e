//! Organisations, folders, projects and billing accounts that are there from the
//! start.

use super::{folder::FOLDER, hierarchy::place, project::PROJECT};
use crate::{
    Cloud,
    collection::Kind,
    iam::{Customer, Node, RESOURCE_MANAGER},
};
use names::Timestamp;
use serde_json::{Value, json};

/// The billing account of projects that are there from the start.
const BILLING_ACCOUNT: &str = "billingAccounts/000000-000000-000000";

impl Cloud {
    /// Adds an organisation; `id` is its number (`123456789`).
    pub fn add_organization(&mut self, id: &str) {
        self.add_root(format!("organizations/{id}"), id.parse().unwrap_or(0));
    }

    /// Declares the customer (`C0abc1234`) of an organisation, whose users and groups
    /// have addresses in these domains.
    pub fn set_customer(&mut self, organization: &str, id: &str, domains: &[&str]) {
        let name = format!("organizations/{organization}");
        if let Some(node) = self.iam.nodes.get_mut(&name) {
            node.customer = Some(Customer {
                id: id.to_owned(),
                domains: domains.iter().map(|&domain| domain.to_owned()).collect(),
            });
        }
    }

    /// Adds a billing account (`012345-6789AB-CDEF01`).
    pub fn add_billing_account(&mut self, id: &str) {
        self.add_root(format!("billingAccounts/{id}"), 0);
    }

    /// Moves a billing account into an organisation (`organizations/1`), whose policy
    /// then applies to it.
    pub fn move_billing_account(&mut self, id: &str, parent: &str) {
        let node = self.iam.nodes.get_mut(&format!("billingAccounts/{id}"));
        if let Some(node) = node {
            node.parent = Some(parent.to_owned());
        }
    }

    /// Adds a folder with the number `id` under `folders/N` or
    /// `organizations/N`.
    pub fn add_folder(&mut self, id: &str, parent: &str) {
        self.add_named_folder(id, parent, id);
    }

    /// Adds a folder with a display name.
    pub fn add_named_folder(&mut self, id: &str, parent: &str, name: &str) {
        let body = json!({ "displayName": name, "parent": parent });
        self.add_row(&FOLDER, id, id.parse().unwrap_or(0), body);
    }

    /// Adds a project, under `folders/N` or `organizations/N` if it has a
    /// parent. Its billing and all its APIs are enabled.
    pub fn add_project(&mut self, id: &str, number: u64, parent: Option<&str>) {
        let mut body = json!({ "displayName": id, "projectId": id });
        if let Some(parent) = parent {
            body["parent"] = parent.into();
        }
        self.add_row(&PROJECT, id, number, body);
        let name = format!("{RESOURCE_MANAGER}projects/{id}");
        let at = Timestamp::from_seconds(0);
        self.resources.used_names.insert(name, at);
        self.with_billing(id);
    }

    /// Sets how many projects there can be, with those that are pending
    /// deletion. Initially there is no limit.
    pub fn set_project_quota(&mut self, projects: usize) {
        self.project_quota = projects;
    }

    /// Disables billing on a project.
    pub fn without_billing(&mut self, project: &str) {
        self.link_billing(project, None);
    }

    /// Enables billing on a project, as it is on one that was added.
    pub fn with_billing(&mut self, project: &str) {
        self.link_billing(project, Some(BILLING_ACCOUNT.to_owned()));
    }

    pub(crate) fn link_billing(&mut self, project: &str, account: Option<String>) {
        if let Some(node) = self.iam.nodes.get_mut(&format!("projects/{project}")) {
            node.billing_account = account;
        }
    }

    fn add_root(&mut self, name: String, number: u64) {
        let node = Node {
            number,
            parent: None,
            billing_account: None,
            customer: None,
        };
        self.iam.nodes.insert(name, node);
    }

    fn add_row(&mut self, kind: &'static Kind, id: &str, number: u64, body: Value) {
        let at = Timestamp::from_seconds(0);
        let row = kind.new_row(number.to_string(), at, body);
        let name = format!("{}/{id}", kind.plural());
        kind.store(self, &name, row);
        place(self, &name);
    }
}
