//! The project, what it lies in, and its service accounts.

use super::found::{Collected, each, inside};
use crate::analysis::ResourcePolicy;
use gcp::{
    Client,
    methods::{iam, resourcemanager},
    policy,
};
use names::{FullName, ProjectId};

fn node(name: &str) -> Option<FullName> {
    format!("//cloudresourcemanager.googleapis.com/{name}")
        .parse()
        .ok()
}

pub(super) async fn read(client: &Client, project: &ProjectId) -> Collected {
    let mut found = Collected::default();
    let mut above = match resourcemanager::get(client, project).await {
        Ok(project) => project.parent,
        Err(error) => {
            found.gap(format!("what the project {project} lies in"), error);
            String::new()
        }
    };
    let resource = ResourcePolicy {
        parent: node(&above),
        ..ResourcePolicy::default()
    };
    let policy = policy::get(client, project).await;
    found.add(FullName::project(project), resource, policy);
    // Ten deep at the most; a circle must not hang this.
    while let Some(name) = node(&above)
        && !found.resources.contains_key(&name)
    {
        let policy = resourcemanager::get_ancestor_policy(client, &above).await;
        let parent = match above.starts_with("folders/") {
            true => resourcemanager::get_folder_parent(client, &above).await,
            false => Ok(String::new()),
        };
        above = parent.unwrap_or_else(|error| {
            found.gap(format!("what {above} lies in"), error);
            String::new()
        });
        let resource = ResourcePolicy {
            parent: node(&above),
            ..ResourcePolicy::default()
        };
        found.add(name, resource, policy);
    }
    found
}

pub(super) async fn accounts(client: &Client, project: &ProjectId) -> Collected {
    let mut found = Collected::default();
    let parent = FullName::project(project);
    let all = iam::list_accounts(client, project).await;
    let all = found.listed(&format!("the service accounts of {project}"), all);
    let read = each(all, |account| async move {
        let policy = policy::get(client, &account.email).await;
        (account.email, policy)
    });
    for (email, policy) in read.await {
        found.add(FullName::account(project, &email), inside(&parent), policy);
    }
    found
}
