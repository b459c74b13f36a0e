//! Organisations, folders and projects, and the projects of resources.

use crate::iam::{Iam, Node, Resource};

/// Google allows ten levels of folders; the limit also stops cycles.
const MAX_DEPTH: usize = 12;

pub(crate) const RESOURCE_MANAGER: &str = "//cloudresourcemanager.googleapis.com/";

impl Iam {
    /// Records the project of a resource whose name does not contain it
    /// (`//storage.googleapis.com/projects/_/buckets/b`).
    pub(crate) fn record_project(&mut self, full_name: &str, project: &str) {
        self.resource_projects.insert(full_name, project.to_owned());
    }

    /// Removes the policy of a resource that is gone for good, its recorded
    /// project, its place in the hierarchy, and what IAM knows of an account or
    /// role.
    pub(crate) fn forget(&mut self, full_name: &str) {
        if let Some(node) = full_name.strip_prefix(RESOURCE_MANAGER) {
            self.nodes.remove(node);
        }
        if let Some(identity) = full_name.strip_prefix("//iam.googleapis.com/") {
            self.forget_identity(identity);
        }
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

    /// The project that contains a resource, else the folder, organisation or
    /// billing account: `projects/p`.
    pub(crate) fn container_of(&self, resource: &Resource) -> String {
        let (full_name, project) = self.canonical(&resource.full_name());
        container(&full_name, project).unwrap_or_default()
    }

    /// The policy keys of a project or folder and its ancestors.
    pub(super) fn ancestors(&self, node: String) -> impl Iterator<Item = String> {
        self.lineage(node)
            .map(|node| format!("{RESOURCE_MANAGER}{node}"))
    }

    /// A project or folder (`folders/1`) and its ancestors.
    pub(crate) fn lineage(&self, node: String) -> impl Iterator<Item = String> {
        std::iter::successors(Some(node), |node| self.nodes.get(node)?.parent.clone())
            .take(MAX_DEPTH)
    }
}

/// What contains a resource, by its full name and its project, if it has one;
/// otherwise it is a folder or organisation, or a resource of one.
pub(super) fn container(full_name: &str, project: Option<String>) -> Option<String> {
    if let Some(project) = project {
        return Some(format!("projects/{project}"));
    }
    let (_, name) = full_name.trim_start_matches('/').split_once('/')?;
    let end = name.match_indices('/').nth(1);
    let end = end.map_or(name.len(), |(at, _)| at);
    Some(name[..end].to_owned())
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
