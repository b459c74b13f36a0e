//! The project that a call is about, and resources of it.

use crate::{
    ApiError, Call, Cloud,
    iam::{Need, Resource},
};

pub(super) fn consumer(call: &Call) -> Resource {
    let name = format!("projects/{}", call.path("project"));
    Resource::new("serviceusage.googleapis.com", "Project", name)
}

pub(super) fn on_service(call: &Call, permission: &'static str, service: &str) -> Need {
    let name = format!("projects/{}/services/{service}", call.path("project"));
    let service = Resource::new("serviceusage.googleapis.com", "Service", name);
    Need::new(permission, service)
}

/// The project's id and number, whichever way the path names it.
pub(super) fn project(cloud: &Cloud, call: &Call) -> Result<(String, u64), ApiError> {
    let asked = call.path("project");
    let found = cloud.iam.project(asked);
    found
        .map(|(id, node)| (id.to_owned(), node.number))
        .ok_or_else(|| ApiError::not_found(format!("Project {asked} does not exist.")))
}
