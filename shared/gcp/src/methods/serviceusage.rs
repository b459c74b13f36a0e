//! Service Usage, v1: which APIs are enabled in a project.

use crate::{
    Client, Error, Idempotency, Method, Operation, Request, RequiredPermission, ResponseKind,
};
use names::{ProjectId, ServiceName};
use serde::Deserialize;
use serde_json::json;

/// Every method of this file.
pub static ALL: &[&Method] = &[&BATCH_ENABLE, &BATCH_GET, &GET, &OPERATIONS_GET];

const OPERATION: &[&str] = &["name", "done", "error"];

/// Enables at most 20 APIs, all or none.
pub static BATCH_ENABLE: Method = Method::post(
    "serviceusage.services.batchEnable",
    "/v1/{+parent}/services:batchEnable",
)
.sends(&["serviceIds"])
.reads(OPERATION)
.response(ResponseKind::Operation)
// To enable what is enabled changes nothing.
.idempotency(Idempotency::Always)
.requires(|r| in_project("serviceusage.services.enable", r.path_value("parent")));

/// Reads whether APIs are enabled: at most 30, known to Google all of them.
pub static BATCH_GET: Method = Method::get(
    "serviceusage.services.batchGet",
    "/v1/{+parent}/services:batchGet",
)
.query(&["names"])
.reads(&["services.name", "services.state"])
.requires(|r| in_project("serviceusage.services.get", r.path_value("parent")));

/// Reads whether an API is enabled.
pub static GET: Method = Method::get("serviceusage.services.get", "/v1/{+name}")
    .reads(&["name", "state"])
    .requires(|r| in_project("serviceusage.services.get", r.path_value("name")));

/// Reads an operation. It needs `serviceusage.operations.get` on the project,
/// which only the operation's name tells: `operations/acat.p2-{number}-{id}`
/// (as seen, not documented). A sample, from which a role is made, is called
/// `projects/{project}/operations/…`. Of any other name nothing is known to be
/// needed.
pub static OPERATIONS_GET: Method = Method::get("serviceusage.operations.get", "/v1/{+name}")
    .reads(OPERATION)
    .response(ResponseKind::Operation)
    .requires(|r| {
        let name = r.path_value("name");
        if name.starts_with("projects/") {
            return in_project("serviceusage.operations.get", name);
        }
        let rest = name.strip_prefix("operations/acat.p2-");
        let number = rest.and_then(|rest| rest.split('-').next());
        let need = |number| RequiredPermission::on_project("serviceusage.operations.get", number);
        number.map(need).into_iter().collect()
    });

/// `name` is `projects/p` or lies below it.
fn in_project(permission: &'static str, name: &str) -> Vec<RequiredPermission> {
    let project = name.split('/').nth(1).unwrap_or_default();
    vec![RequiredPermission::on_project(permission, project)]
}

/// An API in a project.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Service {
    /// `projects/{number}/services/{host}`.
    pub name: String,
    /// `ENABLED` or `DISABLED`.
    #[serde(default)]
    pub state: String,
}

/// Enables at most 20 APIs, all or none.
///
/// # Errors
/// The call failed; 400 while another change of the project's APIs is under way.
pub async fn batch_enable(
    client: &Client,
    project: &ProjectId,
    services: &[ServiceName],
) -> Result<Operation, Error> {
    let ids: Vec<&str> = services.iter().map(ServiceName::id).collect();
    let request = Request::new(&BATCH_ENABLE)
        .path("parent", format!("projects/{project}"))
        .json(&json!({ "serviceIds": ids }));
    client.operation(&request).await
}

/// Reads whether an API is enabled.
///
/// # Errors
/// The call failed.
pub async fn get(client: &Client, service: &ServiceName) -> Result<Service, Error> {
    let request = Request::new(&GET).path("name", service);
    client.json(&request).await
}

/// How many APIs [`batch_get`] reads at a time.
pub const BATCH: usize = 30;

/// Reads whether APIs of a project are enabled, at most [`BATCH`]. The answers
/// name the project by number.
///
/// # Errors
/// The call failed; 403 if Google knows no API of one of the names.
pub async fn batch_get(
    client: &Client,
    project: &ProjectId,
    services: &[ServiceName],
) -> Result<Vec<Service>, Error> {
    #[derive(Deserialize)]
    struct Batch {
        #[serde(default)]
        services: Vec<Service>,
    }
    let request = Request::new(&BATCH_GET).path("parent", format!("projects/{project}"));
    let named = services.iter();
    let request = named.fold(request, |request, name| request.query("names", name));
    Ok(client.json::<Batch>(&request).await?.services)
}

/// The request that reads an operation, for [`crate::wait`].
#[must_use]
pub fn operation(name: &str) -> Request {
    Request::new(&OPERATIONS_GET).path("name", name)
}
