//! The project, its folders and organisation, and its service accounts.

use super::collected::{Collected, child_of, read_concurrently};
use crate::analysis::ResourcePolicy;
use gcp::{
    Client,
    methods::{iam, resourcemanager},
    policy,
};
use names::{FullResourceName, ProjectId};

fn full_name(name: &str) -> Option<FullResourceName> {
    format!("//cloudresourcemanager.googleapis.com/{name}")
        .parse()
        .ok()
}

pub(super) async fn read(client: &Client, project: &ProjectId) -> Collected {
    let mut collected = Collected::default();
    let mut ancestor = match resourcemanager::get(client, project).await {
        Ok(project) => project.parent,
        Err(error) => {
            collected.record_failure(format!("the parent of project {project}"), error);
            String::new()
        }
    };
    let resource = ResourcePolicy {
        parent: full_name(&ancestor),
        ..ResourcePolicy::default()
    };
    let policy = policy::get(client, project).await;
    collected.add(FullResourceName::project(project), resource, policy);
    // Google allows ten nested folders; the second condition ends a cycle.
    while let Some(name) = full_name(&ancestor)
        && !collected.resources.contains_key(&name)
    {
        let policy = resourcemanager::get_ancestor_policy(client, &ancestor).await;
        let parent = match ancestor.starts_with("folders/") {
            true => resourcemanager::get_folder_parent(client, &ancestor).await,
            false => Ok(String::new()),
        };
        ancestor = parent.unwrap_or_else(|error| {
            collected.record_failure(format!("the parent of {ancestor}"), error);
            String::new()
        });
        let resource = ResourcePolicy {
            parent: full_name(&ancestor),
            ..ResourcePolicy::default()
        };
        collected.add(name, resource, policy);
    }
    collected
}

pub(super) async fn accounts(client: &Client, project: &ProjectId) -> Collected {
    let mut collected = Collected::default();
    let parent = FullResourceName::project(project);
    let all = iam::list_accounts(client, project).await;
    let all = collected.list_or_record(&format!("the service accounts of {project}"), all);
    let read = read_concurrently(all, |account| async move {
        let policy = policy::get(client, &account.email).await;
        (account.email, policy)
    });
    for (email, policy) in read.await {
        collected.add(
            FullResourceName::account(project, &email),
            child_of(&parent),
            policy,
        );
    }
    collected
}
