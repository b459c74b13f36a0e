//! The method table against Google's discovery documents, and the typed
//! functions against the table.

mod contract {
    pub(crate) mod discovery;
    pub(crate) mod samples;
}

use contract::{discovery::Discovery, samples::samples};
use gcp::{Method, ResponseKind, methods};
use serde_json::Value;
use std::collections::BTreeSet;

fn table() -> impl Iterator<Item = &'static Method> {
    methods::all()
}

#[test]
fn every_method_is_as_discovery_says() {
    let mut wrong = Vec::new();
    for method in table() {
        let mut found = Discovery::of(method).check(method);
        found
            .iter_mut()
            .for_each(|w| w.insert_str(0, &format!("{}: ", method.id)));
        wrong.append(&mut found);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Permissions that the data set behind the excerpts does not name for the
/// method.
const GAPS: &[(&str, &str, &str)] = &[
    (
        "storage.managedFolders.list",
        "storage.managedFolders.list",
        "the data set has none",
    ),
    (
        "storage.managedFolders.delete",
        "storage.managedFolders.delete",
        "the data set has none",
    ),
    (
        "storage.managedFolders.delete",
        "storage.managedFolders.setIamPolicy",
        "the data set has none",
    ),
    (
        "storage.managedFolders.get",
        "storage.managedFolders.get",
        "the data set has none",
    ),
    (
        "storage.managedFolders.getIamPolicy",
        "storage.managedFolders.getIamPolicy",
        "the data set has none",
    ),
    (
        "storage.managedFolders.insert",
        "storage.managedFolders.create",
        "the data set has none",
    ),
    (
        "storage.managedFolders.setIamPolicy",
        "storage.managedFolders.setIamPolicy",
        "the data set has none",
    ),
    (
        "storage.buckets.patch",
        "storage.buckets.get",
        "documented in Cloud Storage's own table",
    ),
    (
        "compute.instances.insert",
        "compute.instances.setLabels",
        "documented for a body with labels",
    ),
    (
        "compute.instances.insert",
        "compute.instances.setTags",
        "documented for a body with tags",
    ),
    (
        "compute.instances.insert",
        "compute.images.useReadOnly",
        "documented for an image of one's own",
    ),
    (
        "compute.instances.insert",
        "compute.disks.use",
        "documented for a disk that exists",
    ),
    (
        "compute.instances.insert",
        "compute.disks.useReadOnly",
        "documented for a disk that exists",
    ),
    (
        "firestore.projects.databases.collectionGroups.indexes.create",
        "datastore.schemas.create",
        "the data set has none",
    ),
    (
        "firestore.projects.databases.collectionGroups.indexes.list",
        "datastore.schemas.list",
        "the data set has none",
    ),
    (
        "firestore.projects.databases.collectionGroups.indexes.delete",
        "datastore.schemas.delete",
        "the data set has none",
    ),
    (
        "firestore.projects.databases.collectionGroups.fields.get",
        "datastore.schemas.get",
        "the data set has none",
    ),
    (
        "firestore.projects.databases.collectionGroups.fields.patch",
        "datastore.schemas.update",
        "the data set has none",
    ),
    (
        "cloudresourcemanager.folders.undelete",
        "resourcemanager.folders.undelete",
        "documented, on the folder",
    ),
    (
        "cloudresourcemanager.liens.create",
        "resourcemanager.projects.updateLiens",
        "documented, on the project",
    ),
    (
        "cloudresourcemanager.liens.list",
        "resourcemanager.projects.get",
        "documented, on the project",
    ),
    (
        "pubsub.projects.subscriptions.create",
        "pubsub.topics.attachSubscription",
        "documented, on the topic",
    ),
    (
        "pubsub.projects.subscriptions.create",
        "iam.serviceAccounts.actAs",
        "documented, for signed pushes",
    ),
    (
        "pubsub.projects.subscriptions.pull",
        "pubsub.subscriptions.consume",
        "the data set has none",
    ),
    (
        "pubsub.projects.subscriptions.acknowledge",
        "pubsub.subscriptions.consume",
        "the data set has none",
    ),
    (
        "pubsub.projects.subscriptions.modifyAckDeadline",
        "pubsub.subscriptions.consume",
        "the data set has none",
    ),
];

#[tokio::test]
async fn every_permission_needed_is_the_methods() {
    let mut wrong = Vec::new();
    let mut gaps: BTreeSet<_> = GAPS.iter().map(|(m, p, _)| (*m, *p)).collect();
    for sample in samples().await {
        let id = sample.method.id;
        let discovery = Discovery::of(sample.method);
        for need in sample.request.required() {
            assert!(need.resource.starts_with("//"), "{id}: {}", need.resource);
            assert!(
                !need.resource.contains("//projects//"),
                "{id}: {}",
                need.resource
            );
            let listed = discovery.requires(need.permission).unwrap_or(true);
            let gap = gaps.remove(&(id, need.permission))
                || GAPS
                    .iter()
                    .any(|(m, p, _)| (*m, *p) == (id, need.permission));
            match (listed, gap) {
                (true, true) => wrong.push(format!("{id}: {} is no gap", need.permission)),
                (false, false) => wrong.push(format!("{id}: {} is not listed", need.permission)),
                (true, false) | (false, true) => {}
            }
        }
    }
    wrong.extend(gaps.iter().map(|gap| format!("{gap:?} was never met")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn ids_are_unique_but_for_media() {
    let mut seen = BTreeSet::new();
    for method in table() {
        let media = method.response == ResponseKind::Media;
        assert!(seen.insert((method.id, media)), "{} twice", method.id);
    }
}

/// Each typed function's request stays within its row of the table.
#[tokio::test]
async fn every_typed_function_sends_what_its_method_declares() {
    let mut met = BTreeSet::new();
    for sample in samples().await {
        let (method, sent) = (sample.method, &sample.sent);
        met.insert((method.id, method.response == ResponseKind::Media));
        let id = method.id;
        assert_eq!(sent.method(), method.verb, "{id}");
        let path = sent.uri().path();
        assert!(!path.contains(['{', '}']), "{id}: {path}");
        assert_eq!(path, sample.request.filled_path(), "{id}");
        for pair in sent.uri().query().unwrap_or_default().split('&') {
            let (name, value) = pair.split_once('=').unwrap_or_default();
            assert!(
                name.is_empty() || method.query.contains(&name),
                "{id}: ?{name} is not declared"
            );
            assert!(
                name.is_empty() || !value.is_empty(),
                "{id}: ?{name} is empty"
            );
        }
        for field in leaves(&sample.body()) {
            let declared = |d: &&str| {
                let rest = field.strip_prefix(*d);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            assert!(
                method.request_fields.iter().any(declared),
                "{id}: {field} is not declared"
            );
        }
    }
    // Firestore's functions are tested with the ledger that calls them.
    for method in table().filter(|m| !m.id.starts_with("firestore.")) {
        let key = (method.id, method.response == ResponseKind::Media);
        assert!(met.contains(&key), "no sample for {}", method.id);
    }
}

/// The dotted paths of all that is in a body; lists do not count as a step.
fn leaves(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, inner)| {
                let inner = leaves(inner);
                let under = inner.into_iter().map(move |rest| match rest.as_str() {
                    "" => name.clone(),
                    rest => format!("{name}.{rest}"),
                });
                under.collect::<Vec<_>>()
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(leaves).collect(),
        Value::Null => Vec::new(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => vec![String::new()],
    }
}
