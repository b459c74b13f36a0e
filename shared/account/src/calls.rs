//! Which calls the setup of a project makes, and what must be granted for
//! that: the source of its function's least-privilege roles. Pure.
//!
//! A sample of every request, by what the manifest holds. A test takes each
//! permission away and sees a story fail, and runs every story with exactly
//! these.

use crate::{Settings, Spec, manifest};
use gcp::{
    BindingScope, Method, Request,
    methods::{compute, firestore, iam, kms, pubsub, serviceusage, storage},
};
use names::{BucketName, DatabaseName, ProjectId, TopicName};
use plan::{PolicyTarget, Resource};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// A sample of every request that sets the project of `spec` up, mends it, and
/// takes it down again.
#[must_use]
pub fn setup(spec: &Spec, settings: &Settings) -> Vec<Request> {
    let manifest = manifest(spec, settings);
    let mut calls: Vec<Request> = manifest.resources().flat_map(of_resource).collect();
    calls.extend(of_record(&spec.bucket()));
    calls
}

/// A sample of every request with which the function keeps its deployments in
/// the ledger.
#[must_use]
pub fn ledger(database: &DatabaseName) -> Vec<Request> {
    let on = |method: &'static Method| Request::new(method).path("database", database);
    let document = format!("{database}/documents/deployments/sample");
    let commit = on(&firestore::COMMIT).json(&json!({ "writes": [
        { "update": { "name": document }, "currentDocument": { "exists": false } },
        { "update": { "name": document }, "currentDocument": { "exists": true } },
        { "delete": document },
    ] }));
    vec![on(&firestore::BATCH_GET), commit]
}

/// A sample of every request of the sweep over deployments; `topic` is that of
/// `project-provisioned`.
#[must_use]
pub fn sweep(database: &DatabaseName, topic: &TopicName) -> Vec<Request> {
    vec![
        Request::new(&firestore::RUN_QUERY).path("database", database),
        Request::new(&pubsub::PUBLISH).path("topic", topic),
    ]
}

/// What [`setup`] must be granted, and where. The project is empty before:
/// what cannot be bound on a resource that is not there is bound on the
/// project, for the bucket alone where it is about a bucket.
#[must_use]
pub fn grants(spec: &Spec, settings: &Settings) -> BTreeMap<BindingScope, BTreeSet<&'static str>> {
    let mut grants: BTreeMap<BindingScope, BTreeSet<&'static str>> = BTreeMap::new();
    for (scope, permissions) in gcp::grants(&setup(spec, settings)) {
        let scope = bound(scope, &spec.project, &spec.bucket());
        grants.entry(scope).or_default().extend(permissions);
    }
    grants
}

fn bound(scope: BindingScope, project: &ProjectId, bucket: &BucketName) -> BindingScope {
    let on_project = |kind, condition| BindingScope {
        kind,
        resource: format!("//cloudresourcemanager.googleapis.com/projects/{project}"),
        condition,
    };
    match scope.kind {
        "bucket" => {
            let name = format!("projects/_/buckets/{bucket}");
            let condition =
                format!("resource.name == \"{name}\" || resource.name.startsWith(\"{name}/\")");
            on_project("bucket", Some(condition))
        }
        "account" | "key" | "project" => on_project("project", None),
        _ => scope,
    }
}

fn of_resource(resource: &Resource) -> Vec<Request> {
    match resource {
        Resource::Api(api) => {
            let project = format!("projects/{}", api.name.project());
            let operation = format!("{project}/operations/sample");
            let enable = Request::new(&serviceusage::BATCH_ENABLE).path("parent", project);
            vec![
                Request::new(&serviceusage::GET).path("name", &api.name),
                enable,
                serviceusage::operation(&operation),
            ]
        }
        Resource::Role(role) => {
            let parent = format!("projects/{}", role.name.project());
            let on = |method: &'static Method| Request::new(method).path("name", &role.name);
            vec![
                Request::new(&iam::ROLES_CREATE).path("parent", parent),
                on(&iam::ROLES_GET),
                on(&iam::ROLES_PATCH),
                on(&iam::ROLES_UNDELETE),
                on(&iam::ROLES_DELETE),
            ]
        }
        Resource::Account(account) => {
            let project = format!("projects/{}", account.project);
            let name = format!("{project}/serviceAccounts/{}", account.email);
            let on = |method: &'static Method| Request::new(method).path("name", &name);
            vec![
                Request::new(&iam::ACCOUNTS_CREATE).path("name", project),
                on(&iam::ACCOUNTS_GET),
                on(&iam::ACCOUNTS_PATCH),
                on(&iam::ACCOUNTS_ENABLE),
                on(&iam::ACCOUNTS_UNDELETE),
                on(&iam::ACCOUNTS_DELETE),
            ]
        }
        Resource::Ring(ring) => vec![
            Request::new(&kms::RINGS_CREATE).path("parent", ring.name.parent()),
            Request::new(&kms::RINGS_GET).path("name", &ring.name),
            Request::new(&kms::RINGS_DELETE).path("name", &ring.name),
        ],
        Resource::Key(key) => {
            let on = |method: &'static Method| Request::new(method).path("name", &key.name);
            let in_key = |method: &'static Method| Request::new(method).path("parent", &key.name);
            vec![
                Request::new(&kms::KEYS_CREATE).path("parent", key.name.ring()),
                on(&kms::KEYS_GET),
                on(&kms::KEYS_PATCH),
                on(&kms::KEYS_UPDATE_PRIMARY),
                on(&kms::KEYS_DELETE),
                in_key(&kms::VERSIONS_CREATE),
                in_key(&kms::VERSIONS_LIST),
                on(&kms::VERSIONS_DESTROY),
                on(&kms::VERSIONS_DELETE),
            ]
        }
        Resource::Bucket(bucket) => {
            let on = |method: &'static Method| Request::new(method).path("bucket", &bucket.name);
            vec![
                Request::new(&storage::BUCKETS_INSERT).query("project", &bucket.project),
                on(&storage::BUCKETS_GET),
                on(&storage::BUCKETS_PATCH),
                on(&storage::BUCKETS_DELETE),
                on(&storage::OBJECTS_LIST),
                on(&storage::OBJECTS_DELETE).path("object", "sample"),
            ]
        }
        Resource::Folder(folder) => {
            let on = |method: &'static Method| {
                Request::new(method)
                    .path("bucket", folder.name.bucket())
                    .path("managedFolder", folder.name.prefix())
            };
            vec![
                on(&storage::FOLDERS_INSERT).json(&json!({ "name": folder.name.prefix() })),
                on(&storage::FOLDERS_GET),
                on(&storage::FOLDERS_DELETE),
            ]
        }
        Resource::Object(object) => {
            let on = |method: &'static Method| Request::new(method).path("bucket", &object.bucket);
            let mut calls = vec![
                on(&storage::OBJECTS_GET).path("object", &object.name),
                on(&storage::OBJECTS_DELETE).path("object", &object.name),
            ];
            // What is kept as it is, is not written.
            if object.content.is_some() {
                calls.extend([
                    // Also over what is there.
                    on(&storage::OBJECTS_INSERT)
                        .query("name", &object.name)
                        .query("ifGenerationMatch", 1),
                    Request::new(&kms::KEYS_ENCRYPT).path("name", &object.key),
                ]);
            }
            calls
        }
        Resource::Network(network) => {
            let (project, id) = (network.name.project(), network.name.id());
            let on = |method: &'static Method| Request::new(method).path("project", project);
            vec![
                on(&compute::NETWORKS_INSERT).json(&json!({ "name": id })),
                on(&compute::NETWORKS_GET).path("network", id),
                on(&compute::NETWORKS_DELETE).path("network", id),
                on(&compute::GLOBAL_OPERATIONS_GET).path("operation", "sample"),
                on(&compute::GLOBAL_OPERATIONS_WAIT).path("operation", "sample"),
            ]
        }
        Resource::Subnetwork(subnetwork) => {
            let (name, id) = (&subnetwork.name, subnetwork.name.id());
            let on = |method: &'static Method| {
                let request = Request::new(method).path("project", name.project());
                request.path("region", name.region())
            };
            let insert = json!({ "name": id, "network": subnetwork.network });
            vec![
                on(&compute::SUBNETWORKS_INSERT).json(&insert),
                on(&compute::SUBNETWORKS_GET).path("subnetwork", id),
                on(&compute::SUBNETWORKS_SET_PRIVATE_IP_GOOGLE_ACCESS).path("subnetwork", id),
                on(&compute::SUBNETWORKS_DELETE).path("subnetwork", id),
                on(&compute::REGION_OPERATIONS_GET).path("operation", "sample"),
                on(&compute::REGION_OPERATIONS_WAIT).path("operation", "sample"),
            ]
        }
        Resource::Policy(policy) => of_policy(&policy.of),
    }
}

fn of_policy(of: &PolicyTarget) -> Vec<Request> {
    let resource = of.iam_resource();
    vec![
        resource.get_iam_policy(),
        resource.set_iam_policy(&gcp::Policy::default()),
    ]
}

/// The deployment record, which lies in the bucket.
fn of_record(bucket: &BucketName) -> Vec<Request> {
    let on = |method: &'static Method| Request::new(method).path("bucket", bucket);
    let name = "groundcrew/deployment.json";
    vec![
        on(&storage::OBJECTS_GET).path("object", name),
        on(&storage::OBJECTS_GET_MEDIA).path("object", name),
        on(&storage::OBJECTS_INSERT)
            .query("name", name)
            .query("ifGenerationMatch", 1),
    ]
}
