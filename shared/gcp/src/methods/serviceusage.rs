//! Service Usage, v1: which APIs are enabled in a project.

use crate::{
    ApiPath, Client, Collection, Error, Idempotency, Method, On, Operation, Request,
    RequiredPermission, ResourceName, ResponseKind, collection::collection,
    methods::operation_fields::OPERATION,
};
use names::{ProjectId, ServiceName};
use serde::Deserialize;
use serde_json::json;

/// Every collection of this module.
pub static COLLECTIONS: &[&Collection] = &[&SERVICES];

/// Every other method of this module.
pub static ALL: &[&Method] = &[&BATCH_ENABLE, &BATCH_GET, &OPERATIONS_GET];

collection! {
    /// APIs of a project. 403 if there is no API of that name.
    SERVICES = "serviceusage.services" ("serviceusage.services"),
    "projects/project-1/services/iam.googleapis.com";
    get get "/v1/{+name}" (get Project).response_fields(&["name", "state"]);
}

impl ResourceName for ServiceName {
    type Resource = Service;
    type Listed = Service;
    const COLLECTION: &'static Collection = &SERVICES;
}

/// Enables at most 20 APIs, all or none.
pub static BATCH_ENABLE: Method = Method::post(
    "serviceusage.services.batchEnable",
    "/v1/{+parent}/services:batchEnable",
)
.request_fields(&["serviceIds"])
.operation(ResponseKind::Operation, OPERATION)
// Enabling an enabled API changes nothing.
.idempotency(Idempotency::Always)
.needs(&[("serviceusage.services.enable", On::Project)]);

/// Reads whether APIs are enabled; at most 30.
pub static BATCH_GET: Method = Method::get(
    "serviceusage.services.batchGet",
    "/v1/{+parent}/services:batchGet",
)
.query(&["names"])
.response_fields(&["services.name", "services.state"])
.needs(&[("serviceusage.services.get", On::Project)]);

/// Reads an operation. This requires `serviceusage.operations.get` on the
/// project, which only the operation's name contains:
/// `operations/acat.p2-{number}-{id}` (as observed, not documented). A sample
/// request, from which a role is generated, has the name
/// `projects/{project}/operations/…`. For other names no permission is known to
/// be required.
pub static OPERATIONS_GET: Method = Method::get("serviceusage.operations.get", "/v1/{+name}")
    .operation(ResponseKind::Operation, OPERATION)
    .requires(|r| {
        let name = r.path_value("name");
        if name.starts_with("projects/") {
            let project = name.split('/').nth(1).unwrap_or_default();
            let permission = "serviceusage.operations.get";
            return vec![RequiredPermission::on_project(permission, project)];
        }
        let rest = name.strip_prefix("operations/acat.p2-");
        let number = rest.and_then(|rest| rest.split('-').next());
        let required =
            |number| RequiredPermission::on_project("serviceusage.operations.get", number);
        number.map(required).into_iter().collect()
    });

/// An API in a project.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Service {
    /// `projects/{number}/services/{host}`.
    pub name: String,
    /// `ENABLED` or `DISABLED`.
    #[serde(default)]
    pub state: String,
}

/// Begins to enable at most 20 APIs, all or none.
///
/// # Errors
/// The call failed; 400 while another change of the project's APIs is in
/// progress.
pub async fn batch_enable(
    client: &Client,
    project: &ProjectId,
    services: &[ServiceName],
) -> Result<Operation, Error> {
    let ids: Vec<&str> = services.iter().map(ServiceName::id).collect();
    let request = Request::new(&BATCH_ENABLE)
        .path("parent", project.path())
        .json(&json!({ "serviceIds": ids }));
    client.operation(&request).await
}

/// The maximum number of APIs of one [`batch_get`].
pub const MAX_BATCH: usize = 30;

/// Reads whether APIs of a project are enabled, at most [`MAX_BATCH`]. The
/// names in the result contain the project number.
///
/// # Errors
/// The call failed; 403 if there is no API of one of the names.
pub async fn batch_get(
    client: &Client,
    project: &ProjectId,
    services: &[ServiceName],
) -> Result<Vec<Service>, Error> {
    #[derive(Deserialize)]
    struct BatchGetResponse {
        #[serde(default)]
        services: Vec<Service>,
    }
    let request = Request::new(&BATCH_GET).path("parent", project.path());
    let names = services.iter();
    let request = names.fold(request, |request, name| request.query("names", name));
    Ok(client.json::<BatchGetResponse>(&request).await?.services)
}

/// The request that reads an operation, for [`crate::wait`].
#[must_use]
pub fn operation(name: &str) -> Request {
    Request::new(&OPERATIONS_GET).path("name", name)
}
