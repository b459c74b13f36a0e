//! Reads a picture of a project from a cloud, for [`crate::explain`].
//!
//! Only reads, many at a time. What cannot be read does not end it: it is in
//! the picture as a gap, so that nobody takes less for all.

mod bound_roles;
mod found;
mod project;
mod services;

use crate::analysis::{ReadFailure, Snapshot};
use found::Collected;
use futures_util::future::join_all;
use gcp::{BoxFuture, Client};
use names::{Location, ProjectId};

/// What of a cloud is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectScope {
    /// The project, with what lies in it and what it lies in.
    pub project: ProjectId,
    /// Where to look for keys; everywhere, if none is named.
    pub locations: Vec<Location>,
}

/// How many calls are under way at a time, for each kind of resource.
const AT_ONCE: usize = 16;

/// Reads who may do what in a project, as whoever the client acts as.
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
    all.gaps.insert(ReadFailure {
        what: format!("other projects than {project}"),
        why: "not asked for".to_owned(),
    });
    all.gaps.insert(ReadFailure {
        what: "policies of single machines, disks, images, subnetworks, secrets, datasets, \
               repositories and services, access lists of objects, who is in a group"
            .to_owned(),
        why: "groundcrew does not read these".to_owned(),
    });
    Snapshot {
        resources: all.resources,
        roles,
        read_failures: all.gaps,
    }
}
