//! Which permissions the caller lacks for a setup, by the method table. A caller
//! who lacks one would leave a half-made setup.

use crate::Spec;
use gcp::{
    Client, Request,
    methods::{resourcemanager, storage},
};
use names::{BucketName, ProjectId};
use plan::{Action, Error, ObjectStore, Plan, ResourceId, Step, is_absent};
use std::collections::BTreeSet;

/// The most permissions that one call tests (Resource Manager,
/// `testIamPermissions`: 100).
const MAX_TESTED: usize = 100;

/// Whether permissions on the bucket are tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BucketTest {
    /// On the project too, where a person has a role.
    Always,
    /// Only on the bucket: groundcrew's own role has a condition on its name, which
    /// cannot be tested before there is a bucket.
    IfItExists,
    /// It may be someone else's.
    Never,
}

/// The requests that applying `plan` makes, but those that delete.
pub(crate) fn requests(plan: &Plan, spec: &Spec) -> Vec<Request> {
    let mut requests: Vec<Request> = plan.steps.iter().flat_map(calls).collect();
    if !requests.is_empty() {
        requests.extend(ObjectStore::calls(&spec.bucket()));
    }
    requests
}

/// The permissions that `requests` require in the project of `spec`: on the
/// project, and on the deployment's bucket.
fn required(requests: &[Request], spec: &Spec) -> (BTreeSet<&'static str>, BTreeSet<&'static str>) {
    let bucket = format!(
        "//storage.googleapis.com/projects/_/buckets/{}",
        spec.bucket()
    );
    let project = &spec.project;
    let in_project = format!("/projects/{project}");
    let of_project = format!("@{project}.iam.gserviceaccount.com");
    let (mut on_project, mut on_bucket) = (BTreeSet::new(), BTreeSet::new());
    for (scope, permissions) in gcp::grants(requests) {
        if scope.resource == bucket {
            on_bucket.extend(permissions);
        } else if scope.resource.ends_with(&in_project)
            || scope.resource.contains(&format!("{in_project}/"))
            || scope.resource.ends_with(&of_project)
        {
            on_project.extend(permissions);
        }
    }
    (on_project, on_bucket)
}

/// The requests of a step that makes a change, but those that delete.
fn calls(step: &Step) -> Vec<Request> {
    if step.is_noop() || matches!(step.action, Action::Refuse { .. }) {
        return Vec::new();
    }
    let calls = step.resource.iter().flat_map(plan::Resource::calls);
    calls.filter(|request| !is_removal(request)).collect()
}

fn is_removal(request: &Request) -> bool {
    let method = request.method();
    method.verb == "DELETE" || method.id.ends_with(".destroy")
}

/// The permissions for `requests` that the caller has neither on the project nor
/// on the deployment's bucket.
pub(crate) async fn missing(
    client: &Client,
    requests: &[Request],
    spec: &Spec,
    bucket_test: BucketTest,
) -> Result<BTreeSet<&'static str>, Error> {
    let (on_project, on_bucket) = required(requests, spec);
    let all: BTreeSet<&str> = on_project.union(&on_bucket).copied().collect();
    let failed = |id: ResourceId| {
        move |error: gcp::Error| Error {
            operation: "testing permissions on",
            id: Some(id),
            fault: error.into(),
        }
    };
    let policy = |text: String| text.parse::<ResourceId>().expect("a policy");
    let granted = on_the_project(client, &spec.project, &all).await;
    let granted = granted.map_err(failed(policy(format!(
        "policy of project {}",
        spec.project
    ))))?;
    let lacks = |p: &&&str| !granted.contains(**p);
    let mut missing: BTreeSet<&str> = on_project.iter().filter(lacks).copied().collect();
    if bucket_test == BucketTest::Never {
        return Ok(missing);
    }
    let open: Vec<&str> = on_bucket.iter().filter(lacks).copied().collect();
    let bucket = spec.bucket();
    let there = on_the_bucket(client, &bucket, &open).await;
    let there = there.map_err(failed(ResourceId::Bucket(bucket)))?;
    if there.is_some() || bucket_test == BucketTest::Always {
        let there = there.unwrap_or_default();
        missing.extend(open.into_iter().filter(|p| !there.contains(*p)));
    }
    Ok(missing)
}

async fn on_the_project(
    client: &Client,
    project: &ProjectId,
    permissions: &BTreeSet<&str>,
) -> Result<BTreeSet<String>, gcp::Error> {
    let permissions: Vec<&str> = permissions.iter().copied().collect();
    let mut granted = BTreeSet::new();
    for tested in permissions.chunks(MAX_TESTED) {
        granted.extend(resourcemanager::test_iam_permissions(client, project, tested).await?);
    }
    Ok(granted)
}

/// What is granted on the bucket itself; `None` if it does not exist yet.
async fn on_the_bucket(
    client: &Client,
    bucket: &BucketName,
    permissions: &[&str],
) -> Result<Option<BTreeSet<String>>, gcp::Error> {
    if permissions.is_empty() {
        return Ok(Some(BTreeSet::new()));
    }
    match storage::test_bucket_permissions(client, bucket, permissions).await {
        Ok(granted) => Ok(Some(granted.into_iter().collect())),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(error),
    }
}
