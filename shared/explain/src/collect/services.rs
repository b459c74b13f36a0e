//! Buckets, keys, topics, subscriptions and machines.

use super::collected::{Collected, child_of, read_concurrently};
use crate::analysis::ResourcePolicy;
use gcp::{
    Client, Named,
    methods::{compute, kms, storage},
};
use names::{
    BucketName, CryptoKeyName, FullResourceName, KeyRingName, Location, ManagedFolderName,
    ProjectId, SubscriptionName, TopicName,
};

pub(super) async fn buckets(client: &Client, project: &ProjectId) -> Collected {
    let mut collected = Collected::default();
    let all = client.list::<BucketName>(project).await;
    let all = collected.list_or_record(&format!("the buckets of {project}"), all);
    for part in read_concurrently(all, |listed| bucket(client, project, listed)).await {
        collected.merge(part);
    }
    collected
}

async fn bucket(client: &Client, project: &ProjectId, listed: storage::ListedBucket) -> Collected {
    let mut collected = Collected::default();
    let bucket: BucketName = match listed.name.parse() {
        Ok(bucket) => bucket,
        Err(error) => {
            collected.record_failure(format!("the policy of bucket {}", listed.name), error);
            return collected;
        }
    };
    let name = FullResourceName::bucket(&bucket);
    let enforced = listed.iam_configuration.public_access_prevention == "enforced";
    let resource = ResourcePolicy {
        public_access_prevention: enforced,
        ..child_of(&FullResourceName::project(project))
    };
    let policy = client.policy(&bucket).await;
    collected.add(name.clone(), resource, policy);
    let folders = client.list::<ManagedFolderName>(&bucket).await;
    let folders = collected.list_or_record(&format!("the managed folders of {name}"), folders);
    let mut parsed: Vec<ManagedFolderName> = Vec::new();
    for Named { name: prefix } in folders {
        match format!("{bucket}/{prefix}").parse() {
            Ok(folder) => parsed.push(folder),
            Err(error) => collected.record_failure(format!("the policy of {name}/{prefix}"), error),
        }
    }
    // The innermost folder that contains it, else the bucket.
    let outer = |folder: &ManagedFolderName| {
        let containing = parsed
            .iter()
            .filter(|other| *other != folder && folder.prefix().starts_with(other.prefix()));
        let innermost = containing.max_by_key(|other| other.prefix().len());
        innermost.map_or_else(|| name.clone(), FullResourceName::managed_folder)
    };
    let with_outer = parsed.iter().map(|folder| (folder.clone(), outer(folder)));
    let read = read_concurrently(with_outer.collect(), |(folder, outer)| async move {
        let policy = client.policy(&folder).await;
        (folder, outer, policy)
    });
    for (folder, outer, policy) in read.await {
        collected.add(
            FullResourceName::managed_folder(&folder),
            child_of(&outer),
            policy,
        );
    }
    collected
}

pub(super) async fn keys(
    client: &Client,
    project: &ProjectId,
    locations: &[Location],
) -> Collected {
    let mut collected = Collected::default();
    let locations = match locations {
        [] => {
            let all = kms::list_locations(client, project).await;
            collected.list_or_record(&format!("the key locations of {project}"), all)
        }
        named => named.to_vec(),
    };
    let listed = read_concurrently(locations, |location| async move {
        let parent = format!("projects/{project}/locations/{location}");
        let rings = client.list::<KeyRingName>(parent.as_str()).await;
        (location, rings)
    });
    let mut rings = Vec::new();
    for (location, listed) in listed.await {
        let what = format!("the key rings of {project} in {location}");
        rings.extend(collected.list_or_record(&what, listed));
    }
    for part in read_concurrently(rings, |ring| read_ring(client, project, ring.name)).await {
        collected.merge(part);
    }
    collected
}

async fn read_ring(client: &Client, project: &ProjectId, ring: KeyRingName) -> Collected {
    let mut collected = Collected::default();
    let name = FullResourceName::from(&ring);
    let policy = client.policy(&ring).await;
    let parent = FullResourceName::project(project);
    collected.add(name.clone(), child_of(&parent), policy);
    let keys = client.list::<CryptoKeyName>(&ring).await;
    let keys = collected.list_or_record(&format!("the keys of {name}"), keys);
    let read = read_concurrently(keys, |key| async move {
        let policy = client.policy(&key.name).await;
        (key.name, policy)
    });
    for (key, policy) in read.await {
        collected.add(FullResourceName::from(&key), child_of(&name), policy);
    }
    collected
}

pub(super) async fn topics(client: &Client, project: &ProjectId) -> Collected {
    let mut collected = Collected::default();
    let all = client.list::<TopicName>(project).await;
    let all = collected.list_or_record(&format!("the topics of {project}"), all);
    let read = read_concurrently(all, |topic| async move {
        let policy = client.policy(&topic.name).await;
        (topic.name, policy)
    });
    let parent = FullResourceName::project(project);
    for (topic, policy) in read.await {
        collected.add(FullResourceName::from(&topic), child_of(&parent), policy);
    }
    collected
}

pub(super) async fn subscriptions(client: &Client, project: &ProjectId) -> Collected {
    let mut collected = Collected::default();
    let all = client.list::<SubscriptionName>(project).await;
    let all = collected.list_or_record(&format!("the subscriptions of {project}"), all);
    let read = read_concurrently(all, |subscription| async move {
        let policy = client.policy(&subscription.name).await;
        (subscription.name, policy)
    });
    let parent = FullResourceName::project(project);
    for (name, policy) in read.await {
        collected.add(FullResourceName::from(&name), child_of(&parent), policy);
    }
    collected
}

/// Machines and the accounts that they run as. Their policies are not read.
pub(super) async fn machines(client: &Client, project: &ProjectId) -> Collected {
    let mut collected = Collected::default();
    let all = match compute::aggregated_list(client, project, "").await {
        Ok(all) => all,
        Err(error) => {
            collected.record_failure(format!("the machines of {project}"), error);
            return collected;
        }
    };
    for scope in all.unreachable {
        collected.record_failure(
            format!("the machines of {project} in {scope}"),
            "unreachable",
        );
    }
    for machine in all.instances {
        let zone = machine.zone.rsplit('/').next().unwrap_or_default();
        let name = format!(
            "//compute.googleapis.com/projects/{project}/zones/{zone}/instances/{}",
            machine.name
        );
        let name: FullResourceName = match name.parse() {
            Ok(name) => name,
            Err(error) => {
                collected.record_failure(name, error);
                continue;
            }
        };
        let mut resource = child_of(&FullResourceName::project(project));
        for account in machine.service_accounts.unwrap_or_default() {
            match account.email.parse() {
                Ok(email) => {
                    resource.runs_as.insert(email);
                }
                Err(error) => {
                    collected.record_failure(format!("the service account of {name}"), error)
                }
            }
        }
        collected.resources.insert(name, resource);
    }
    collected
}
