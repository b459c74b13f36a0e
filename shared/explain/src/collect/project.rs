//! The project, its folders and organisation, and its service accounts.

use super::collected::{Collected, child_of, read_concurrently};
use crate::analysis::ResourcePolicy;
use gcp::{
    Client,
    methods::resourcemanager::{FOLDERS, Folder, get_ancestor_policy},
};
use names::{FullResourceName, ProjectId, ServiceAccountEmail};

fn full_name(name: &str) -> Option<FullResourceName> {
    format!("//cloudresourcemanager.googleapis.com/{name}")
        .parse()
        .ok()
}

pub(super) async fn read(client: &Client, project: &ProjectId) -> Collected {
    let mut collected = Collected::default();
    let mut ancestor = match client.get(project).await {
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
    let policy = client.policy(project).await;
    collected.add(FullResourceName::project(project), resource, policy);
    // Google allows ten nested folders; the second condition ends a cycle.
    while let Some(name) = full_name(&ancestor)
        && !collected.resources.contains_key(&name)
    {
        let policy = get_ancestor_policy(client, &ancestor).await;
        let parent = match ancestor.starts_with("folders/") {
            true => parent_of_folder(client, &ancestor).await,
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

async fn parent_of_folder(client: &Client, folder: &str) -> Result<String, gcp::Error> {
    let folder: Folder = client.json(&FOLDERS.get(folder)).await?;
    Ok(folder.parent)
}

pub(super) async fn accounts(client: &Client, project: &ProjectId) -> Collected {
    let mut collected = Collected::default();
    let parent = FullResourceName::project(project);
    let all = client.list::<ServiceAccountEmail>(project).await;
    let all = collected.list_or_record(&format!("the service accounts of {project}"), all);
    let read = read_concurrently(all, |account| async move {
        let policy = client.policy(&account.email).await;
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
