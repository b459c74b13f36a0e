//! Buckets, keys, topics, subscriptions and machines.

use super::found::{Collected, each, inside};
use crate::analysis::ResourcePolicy;
use gcp::{
    Client,
    methods::{compute, keyrings, pubsub, storage},
    policy,
};
use names::{BucketName, FullName, KeyRingName, Location, ManagedFolderName, ProjectId};

pub(super) async fn buckets(client: &Client, project: &ProjectId) -> Collected {
    let mut found = Collected::default();
    let all = storage::list_buckets(client, project).await;
    let all = found.listed(&format!("the buckets of {project}"), all);
    for part in each(all, |listed| bucket(client, project, listed)).await {
        found.merge(part);
    }
    found
}

async fn bucket(client: &Client, project: &ProjectId, listed: storage::ListedBucket) -> Collected {
    let mut found = Collected::default();
    let bucket: BucketName = match listed.name.parse() {
        Ok(bucket) => bucket,
        Err(error) => {
            found.gap(format!("the policy of bucket {}", listed.name), error);
            return found;
        }
    };
    let name = FullName::bucket(&bucket);
    let closed = listed.iam_configuration.public_access_prevention == "enforced";
    let resource = ResourcePolicy {
        closed_to_public: closed,
        ..inside(&FullName::project(project))
    };
    let policy = policy::get(client, &bucket).await;
    found.add(name.clone(), resource, policy);
    let folders = storage::list_folders(client, &bucket).await;
    let folders = found.listed(&format!("the managed folders of {name}"), folders);
    let mut parsed: Vec<ManagedFolderName> = Vec::new();
    for prefix in folders {
        match format!("{bucket}/{prefix}").parse() {
            Ok(folder) => parsed.push(folder),
            Err(error) => found.gap(format!("the policy of {name}/{prefix}"), error),
        }
    }
    // The innermost that it lies in.
    let outer = |folder: &ManagedFolderName| {
        let around = parsed
            .iter()
            .filter(|other| *other != folder && folder.prefix().starts_with(other.prefix()));
        let innermost = around.max_by_key(|other| other.prefix().len());
        innermost.map_or_else(|| name.clone(), FullName::managed_folder)
    };
    let with_outer = parsed.iter().map(|folder| (folder.clone(), outer(folder)));
    let read = each(with_outer.collect(), |(folder, outer)| async move {
        let policy = policy::get(client, &folder).await;
        (folder, outer, policy)
    });
    for (folder, outer, policy) in read.await {
        found.add(FullName::managed_folder(&folder), inside(&outer), policy);
    }
    found
}

pub(super) async fn keys(
    client: &Client,
    project: &ProjectId,
    locations: &[Location],
) -> Collected {
    let mut found = Collected::default();
    let locations = match locations {
        [] => {
            let all = keyrings::list_locations(client, project).await;
            found.listed(&format!("where {project} has keys"), all)
        }
        named => named.to_vec(),
    };
    let listed = each(locations, |location| async move {
        let rings = keyrings::list_rings(client, project, &location).await;
        (location, rings)
    });
    let mut rings = Vec::new();
    for (location, listed) in listed.await {
        let what = format!("the key rings of {project} in {location}");
        rings.extend(found.listed(&what, listed));
    }
    for part in each(rings, |name| ring(client, project, name)).await {
        found.merge(part);
    }
    found
}

async fn ring(client: &Client, project: &ProjectId, ring: KeyRingName) -> Collected {
    let mut found = Collected::default();
    let name = FullName::from(&ring);
    let policy = policy::get(client, &ring).await;
    let parent = FullName::project(project);
    found.add(name.clone(), inside(&parent), policy);
    let keys = keyrings::list_keys(client, &ring).await;
    let keys = found.listed(&format!("the keys of {name}"), keys);
    let read = each(keys, |key| async move {
        let policy = policy::get(client, &key).await;
        (key, policy)
    });
    for (key, policy) in read.await {
        found.add(FullName::from(&key), inside(&name), policy);
    }
    found
}

pub(super) async fn topics(client: &Client, project: &ProjectId) -> Collected {
    let mut found = Collected::default();
    let all = pubsub::list_topics(client, project).await;
    let all = found.listed(&format!("the topics of {project}"), all);
    let read = each(all, |topic| async move {
        let policy = policy::get(client, &topic.name).await;
        (topic.name, policy)
    });
    let parent = FullName::project(project);
    for (topic, policy) in read.await {
        found.add(FullName::from(&topic), inside(&parent), policy);
    }
    found
}

pub(super) async fn subscriptions(client: &Client, project: &ProjectId) -> Collected {
    let mut found = Collected::default();
    let all = pubsub::list_subscriptions(client, project).await;
    let all = found.listed(&format!("the subscriptions of {project}"), all);
    let read = each(all, |name| async move {
        let policy = policy::get(client, &name).await;
        (name, policy)
    });
    let parent = FullName::project(project);
    for (name, policy) in read.await {
        found.add(FullName::from(&name), inside(&parent), policy);
    }
    found
}

/// Machines and the accounts that they run as. Their own policies are not read.
pub(super) async fn machines(client: &Client, project: &ProjectId) -> Collected {
    let mut found = Collected::default();
    let all = match compute::aggregated_list(client, project, "").await {
        Ok(all) => all,
        Err(error) => {
            found.gap(format!("the machines of {project}"), error);
            return found;
        }
    };
    for scope in all.unreachable {
        found.gap(format!("the machines of {project} in {scope}"), "no answer");
    }
    for machine in all.instances {
        let zone = machine.zone.rsplit('/').next().unwrap_or_default();
        let name = format!(
            "//compute.googleapis.com/projects/{project}/zones/{zone}/instances/{}",
            machine.name
        );
        let name: FullName = match name.parse() {
            Ok(name) => name,
            Err(error) => {
                found.gap(name, error);
                continue;
            }
        };
        let mut resource = inside(&FullName::project(project));
        for account in machine.service_accounts.unwrap_or_default() {
            match account.email.parse() {
                Ok(email) => {
                    resource.runs_as.insert(email);
                }
                Err(error) => found.gap(format!("what {name} runs as"), error),
            }
        }
        found.resources.insert(name, resource);
    }
    found
}
