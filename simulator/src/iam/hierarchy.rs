//! Organisations, folders and projects, and the projects of resources.

use crate::{
    Cloud,
    iam::{Iam, Node, Resource},
};

/// Google allows ten levels of folders; the limit also stops cycles.
const MAX_DEPTH: usize = 12;

const RESOURCE_MANAGER: &str = "//cloudresourcemanager.googleapis.com/";

impl Iam {
    /// Records the project of a resource whose name does not contain it
    /// (`//storage.googleapis.com/projects/_/buckets/b`).
    pub(crate) fn record_project(&mut self, full_name: &str, project: &str) {
        self.resource_projects.insert(full_name, project.to_owned());
    }

    /// Removes the policy of a deleted resource, and its recorded project.
    pub(crate) fn forget(&mut self, full_name: &str) {
        self.resource_projects.remove(full_name);
        self.policies.remove(full_name);
    }

    /// The project with this ID or number.
    pub(crate) fn project(&self, id_or_number: &str) -> Option<(&str, &Node)> {
        let number = id_or_number.parse().ok();
        self.projects()
            .find(|(id, node)| *id == id_or_number || Some(node.number) == number)
    }

    /// The number of a project; 0 if it does not exist.
    pub(crate) fn project_number(&self, id: &str) -> String {
        let number = self.project(id).map_or(0, |(_, node)| node.number);
        number.to_string()
    }

    /// All projects, by ID.
    pub(crate) fn projects(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.nodes
            .with_prefix("projects/")
            .filter_map(|(key, node)| Some((key.strip_prefix("projects/")?, node)))
    }

    /// The canonical full name, with project IDs and account addresses in place
    /// of numbers and unique IDs; and the project that contains the resource,
    /// if any.
    pub(super) fn canonical(&self, full_name: &str) -> (String, Option<String>) {
        let as_is = || full_name.to_owned();
        let Some((service, name)) = full_name.trim_start_matches('/').split_once('/') else {
            return (as_is(), None);
        };
        let Some(rest) = name.strip_prefix("projects/") else {
            return (as_is(), None);
        };
        let (id, tail) = rest
            .split_once('/')
            .map_or((rest, ""), |(id, tail)| (id, tail));
        if let (Some(key), "iam.googleapis.com") = (tail.strip_prefix("serviceAccounts/"), service)
        {
            let (email, project) = self.account_project(id, key);
            let name = format!("//{service}/projects/{project}/serviceAccounts/{email}");
            return (name, Some(project));
        }
        if id == "_" {
            let placed = prefixes(full_name).find_map(|prefix| self.resource_projects.get(prefix));
            return (as_is(), placed.cloned());
        }
        match self.project(id) {
            Some((project, _)) if project != id => {
                let slash = if tail.is_empty() { "" } else { "/" };
                let name = format!("//{service}/projects/{project}{slash}{tail}");
                (name, Some(project.to_owned()))
            }
            _ => (as_is(), Some(id.to_owned())),
        }
    }

    /// The ID of the project that contains a resource.
    pub(crate) fn project_of(&self, resource: &Resource) -> Option<String> {
        self.canonical(&resource.full_name()).1
    }

    /// The policy keys of a project or folder and its ancestors.
    pub(super) fn ancestors(&self, node: String) -> impl Iterator<Item = String> {
        std::iter::successors(Some(node), |node| self.nodes.get(node)?.parent.clone())
            .take(MAX_DEPTH)
            .map(|node| format!("{RESOURCE_MANAGER}{node}"))
    }
}

/// A full name and its prefixes down to the service, longest first.
pub(super) fn prefixes(full_name: &str) -> impl Iterator<Item = &str> {
    let ancestors = full_name
        .rmatch_indices('/')
        .map(|(at, _)| &full_name[..at]);
    std::iter::once(full_name).chain(ancestors.take_while(|prefix| prefix.len() > 2))
}

/// The full names of all managed folders that could contain an object or
/// managed folder of Cloud Storage.
pub(super) fn managed_folders(full_name: &str) -> impl Iterator<Item = String> {
    let inside = || {
        let rest = full_name.strip_prefix("//storage.googleapis.com/projects/_/buckets/")?;
        let (bucket, rest) = rest.split_once('/')?;
        let (kind, path) = rest.split_once('/')?;
        matches!(kind, "objects" | "managedFolders").then_some((bucket, path))
    };
    inside().into_iter().flat_map(|(bucket, path)| {
        path.match_indices('/').map(move |(at, _)| {
            let folder = &path[..=at];
            format!("//storage.googleapis.com/projects/_/buckets/{bucket}/managedFolders/{folder}")
        })
    })
}

impl Cloud {
    /// Adds an organisation; `id` is its number (`123456789`).
    pub fn add_organization(&mut self, id: &str) {
        self.add_node("organizations", id, id.parse().unwrap_or(0), None);
    }

    /// Adds a folder with the number `id` under `folders/N` or
    /// `organizations/N`.
    pub fn add_folder(&mut self, id: &str, parent: &str) {
        self.add_node("folders", id, id.parse().unwrap_or(0), Some(parent));
    }

    /// Adds a billing account (`012345-6789AB-CDEF01`).
    pub fn add_billing_account(&mut self, id: &str) {
        self.add_node("billingAccounts", id, 0, None);
    }

    /// Adds a project, under `folders/N` or `organizations/N` if it has a
    /// parent.
    pub fn add_project(&mut self, id: &str, number: u64, parent: Option<&str>) {
        self.add_node("projects", id, number, parent);
    }

    /// Disables billing on a project.
    pub fn without_billing(&mut self, project: &str) {
        self.set_unbilled(project, true);
    }

    /// Enables billing on a project, as it is initially.
    pub fn with_billing(&mut self, project: &str) {
        self.set_unbilled(project, false);
    }

    fn set_unbilled(&mut self, project: &str, billing_disabled: bool) {
        if let Some(node) = self.iam.nodes.get_mut(&format!("projects/{project}")) {
            node.billing_disabled = billing_disabled;
        }
    }

    /// Marks a project as deleted (`DELETE_REQUESTED`).
    pub fn delete_project(&mut self, project: &str) {
        if let Some(node) = self.iam.nodes.get_mut(&format!("projects/{project}")) {
            node.deleted = true;
        }
    }

    fn add_node(&mut self, kind: &str, id: &str, number: u64, parent: Option<&str>) {
        let node = Node {
            number,
            parent: parent.map(str::to_owned),
            billing_disabled: false,
            deleted: false,
        };
        self.iam.nodes.insert(format!("{kind}/{id}"), node);
    }
}
