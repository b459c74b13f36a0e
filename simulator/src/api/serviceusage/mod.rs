//! Service Usage v1: which APIs of a project are on, and what it is when one
//! is off.
//!
//! Every API of every project is on, unless the project was declared without
//! ([`Cloud::without_api`]) or it was disabled by a call. How long a change
//! runs and how long an API lags behind it are guesses within what was seen
//! of Google; so are the words of refusals that no comment gives a source for.

mod catalog;
mod change;
mod enablement;
mod operation;
mod refusal;

#[cfg(test)]
mod tests;

use crate::{
    ApiError, Call, Cloud,
    api::iam::routes,
    error::Dialect,
    iam::{Need, Resource},
    route::Route,
    table::{Journaled, Table},
};
use enablement::Service;
use http::Method;
use operation::Operation;

pub(crate) use refusal::check;

pub(crate) const ROUTES: &[Route] = routes! {
    "serviceusage" "serviceusage.services.list" GET "/v1/projects/{project}/services"
        |_, call| Ok(vec![Need::new("serviceusage.services.list", consumer(call))]), enablement::list;
    "serviceusage" "serviceusage.services.get" GET "/v1/projects/{project}/services/{service}"
        |_, call| Ok(vec![on_service(call, "serviceusage.services.get", call.path("service"))]), enablement::get;
    "serviceusage" "serviceusage.services.batchGet" GET "/v1/projects/{project}/services:batchGet"
        enablement::batch_needs, enablement::batch_get;
    "serviceusage" "serviceusage.services.batchEnable" POST "/v1/projects/{project}/services:batchEnable"
        change::batch_needs, change::batch_enable;
    "serviceusage" "serviceusage.services.enable" POST "/v1/projects/{project}/services/{service}:enable"
        |_, call| Ok(vec![on_service(call, "serviceusage.services.enable", call.path("service"))]), change::enable;
    "serviceusage" "serviceusage.services.disable" POST "/v1/projects/{project}/services/{service}:disable"
        |_, call| Ok(vec![on_service(call, "serviceusage.services.disable", call.path("service"))]), change::disable;
    "serviceusage" "serviceusage.operations.get" GET "/v1/operations/{operation}"
        operation::needs, operation::get;
};

/// The state of the API.
#[derive(Debug, Clone)]
pub(crate) struct ServiceUsage {
    /// By `project/service`, so far as it was ever said; `project/*` stands
    /// for all the others of a project.
    services: Table<Service>,
    operations: Table<Operation>,
}

impl ServiceUsage {
    pub(crate) fn new() -> Self {
        Self {
            services: Table::new("serviceusage.services"),
            operations: Table::new("serviceusage.operations"),
        }
    }

    pub(crate) fn tables(&mut self) -> Vec<&mut dyn Journaled> {
        vec![&mut self.services, &mut self.operations]
    }
}

fn consumer(call: &Call) -> Resource {
    let name = format!("projects/{}", call.path("project"));
    Resource::new("serviceusage.googleapis.com", "Project", name)
}

fn on_service(call: &Call, permission: &'static str, service: &str) -> Need {
    let name = format!("projects/{}/services/{service}", call.path("project"));
    let service = Resource::new("serviceusage.googleapis.com", "Service", name);
    Need::new(permission, service)
}

/// The project's id and number, whichever way the path names it.
fn project(cloud: &Cloud, call: &Call) -> Result<(String, u64), ApiError> {
    let asked = call.path("project");
    let found = cloud.iam.project(asked);
    found
        .map(|(id, node)| (id.to_owned(), node.number))
        .ok_or_else(|| ApiError::not_found(format!("Project {asked} does not exist.")))
}

impl Cloud {
    /// Declares that an API (`cloudkms.googleapis.com`) of a project is off.
    pub fn without_api(&mut self, project: &str, api: &str) {
        let key = format!("{project}/{api}");
        self.serviceusage.services.insert(key, Service::never());
    }

    /// Declares that a project's APIs are off, as in a new one; but not those
    /// that answer for the caller's own project rather than the one they are
    /// called on: Service Usage, Resource Manager, IAM, billing.
    pub fn without_apis(&mut self, project: &str) {
        self.without_api(project, "*");
    }
}
