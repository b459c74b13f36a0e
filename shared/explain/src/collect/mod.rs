//! Reads a snapshot of a project from a cloud, for [`crate::explain`].
//!
//! Reads concurrently and never writes. A failed read does not end the
//! collection: the snapshot records it, so that an incomplete snapshot is not
//! mistaken for a complete one.

mod bound_roles;
mod collected;
mod project;
mod services;

use crate::analysis::{ReadFailure, Snapshot};
use collected::Collected;
use futures_util::future::join_all;
use gcp::{BoxFuture, Client};
use names::{Location, ProjectId};

/// What to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectScope {
    /// The project; the resources in it and its folders and organisation are
    /// read as well.
    pub project: ProjectId,
    /// The locations whose key rings are read; empty for all locations.
    pub locations: Vec<Location>,
}

/// Reads the policies of a project, with the client's own permissions.
pub async fn collect(client: &Client, scope: &CollectScope) -> Snapshot {
    let project = &scope.project;
    let parts: Vec<BoxFuture<'_, Collected>> = vec![
        Box::pin(project::read(client, project)),
        Box::pin(project::accounts(client, project)),
        Box::pin(services::buckets(client, project)),
        Box::pin(services::keys(client, project, &scope.locations)),
        Box::pin(services::topics(client, project)),
        Box::pin(services::subscriptions(client, project)),
        Box::pin(services::machines(client, project)),
    ];
    let mut all = Collected::default();
    for part in join_all(parts).await {
        all.merge(part);
    }
    let roles = bound_roles::read(client, &mut all).await;
    all.read_failures.insert(ReadFailure {
        what: format!("other projects than {project}"),
        reason: "not requested".to_owned(),
    });
    all.read_failures.insert(ReadFailure {
        what: "policies of single machines, disks, images, subnetworks, secrets, datasets, \
               repositories and services, ACLs of objects, members of groups"
            .to_owned(),
        reason: "not supported".to_owned(),
    });
    Snapshot {
        resources: all.resources,
        roles,
        read_failures: all.read_failures,
    }
}
