//! The project and APIs that a call is about.

use crate::{
    ApiError, Call, Cloud,
    iam::{RequiredPermission, Resource},
};

pub(super) fn consumer(call: &Call) -> Resource {
    let name = format!("projects/{}", call.path("project"));
    Resource::new("serviceusage.googleapis.com", "Project", name)
}

pub(super) fn on_service(
    call: &Call,
    permission: &'static str,
    service: &str,
) -> RequiredPermission {
    let name = format!("projects/{}/services/{service}", call.path("project"));
    let service = Resource::new("serviceusage.googleapis.com", "Service", name);
    RequiredPermission::new(permission, service)
}

/// ID and number of the project in the path, which may give either.
pub(super) fn project(cloud: &Cloud, call: &Call) -> Result<(String, u64), ApiError> {
    let requested = call.path("project");
    let found = cloud.iam.project(requested);
    found
        .map(|(id, node)| (id.to_owned(), node.number))
        .ok_or_else(|| ApiError::not_found(format!("Project {requested} does not exist.")))
}
