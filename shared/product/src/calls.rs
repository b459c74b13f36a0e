//! Samples of the requests that making products takes: the source of the function's
//! least-privilege roles. Pure.

use crate::{ProjectIds, Settings, Spec, manifest};
use gcp::{BindingScope, Request};
use names::ParentName;
use plan::Resource;
use std::collections::{BTreeMap, BTreeSet};

/// With everything that a spec can ask for.
const SAMPLE: &str = "\
name: sample
parent: folders/1000
billing_account: 000000-000000-000000
location: us-central1
environments: {staging: , production: }
apis: [run.googleapis.com]
team: {viewers: ['user:v@example.com'], deployers: ['user:d@example.com'], owners: ['user:o@example.com']}
processes: {web: }
budget: {amount: 100, currency: USD}
";

/// A product that stands for all of them.
///
/// # Panics
/// Never: it is a valid spec.
#[must_use]
pub fn sample() -> Spec {
    Spec::parse("sample", SAMPLE).expect("a valid spec")
}

/// A sample of every request that an event makes of `spec`, for a product that is
/// new, changed or deleted before. No event deletes a project or the folder: no
/// consent can be given there.
#[must_use]
pub fn requests(spec: &Spec, settings: &Settings) -> Vec<Request> {
    let ids = ProjectIds::of(spec, None, |_| 0);
    let manifest = manifest(spec, &ids, settings);
    manifest.resources().flat_map(calls_of).collect()
}

fn calls_of(resource: &Resource) -> Vec<Request> {
    let stays = matches!(
        resource,
        Resource::ResourceFolder(_) | Resource::Project(_) | Resource::Bucket(_)
    );
    match stays {
        true => but_deletion(resource),
        false => resource.calls(),
    }
}

/// The requests on `resource`, but those that delete it: a bucket is emptied before.
pub(crate) fn but_deletion(resource: &Resource) -> Vec<Request> {
    let is_bucket = matches!(resource, Resource::Bucket(_));
    let mut calls = resource.calls();
    calls.retain(|request| {
        let method = request.method();
        method.verb != "DELETE" && (!is_bucket || method.id.starts_with("storage.buckets."))
    });
    calls
}

/// The permissions that [`requests`] need, and where they are bound: what concerns
/// money on the billing account, and all else on the parent of the product's folder,
/// which does not exist before.
#[must_use]
pub fn grants(spec: &Spec, settings: &Settings) -> BTreeMap<BindingScope, BTreeSet<&'static str>> {
    let mut grants: BTreeMap<BindingScope, BTreeSet<&'static str>> = BTreeMap::new();
    for (scope, permissions) in gcp::grants(&requests(spec, settings)) {
        let scope = match scope.kind {
            "billing-account" => scope,
            _ => on_parent(&spec.parent),
        };
        grants.entry(scope).or_default().extend(permissions);
    }
    grants
}

fn on_parent(parent: &ParentName) -> BindingScope {
    BindingScope::of(&format!("//cloudresourcemanager.googleapis.com/{parent}"))
}
