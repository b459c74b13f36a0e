//! Samples of the requests that setting up projects makes: the source of the
//! functions' least-privilege roles. Pure.
//!
//! A test removes each of the resulting permissions and expects a scenario to
//! fail, and runs every scenario with exactly these.

use crate::{Settings, Setup, Spec, manifest, places};
use gcp::{BindingScope, Request};
use names::{BucketName, ProjectId};
use plan::{ObjectStore, Resource};
use std::collections::{BTreeMap, BTreeSet};

/// A sample of every request that sets up the project of `spec`, repairs it, and
/// deletes it again.
#[must_use]
pub fn setup(spec: &Spec, settings: &Settings) -> Vec<Request> {
    let manifest = manifest(spec, settings);
    let mut calls: Vec<Request> = manifest.resources().flat_map(Resource::calls).collect();
    calls.extend(ObjectStore::calls(&spec.bucket()));
    calls.extend(Setup::listing_calls(&spec.project));
    calls.extend(places::calls(&spec.project));
    calls
}

/// The permissions that [`setup`] needs, and where they are bound. Before the
/// setup, the project is empty: what belongs on a resource that does not exist
/// yet is bound on the project, restricted to the bucket where it concerns that.
#[must_use]
pub fn grants(spec: &Spec, settings: &Settings) -> BTreeMap<BindingScope, BTreeSet<&'static str>> {
    let mut grants: BTreeMap<BindingScope, BTreeSet<&'static str>> = BTreeMap::new();
    for (scope, permissions) in gcp::grants(&setup(spec, settings)) {
        let scope = bound_before_setup(scope, &spec.project, &spec.bucket());
        grants.entry(scope).or_default().extend(permissions);
    }
    grants
}

fn bound_before_setup(
    scope: BindingScope,
    project: &ProjectId,
    bucket: &BucketName,
) -> BindingScope {
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
