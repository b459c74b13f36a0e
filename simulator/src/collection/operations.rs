//! Long-running operations of all APIs: begun, completed, found again.

use super::operation::{Operation, OperationError};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    iam::{RequiredPermission, Resource, hash},
    route::{Route, routes},
};
use names::{Duration, Timestamp};
use serde_json::Value;
use std::collections::BTreeMap;

impl Cloud {
    /// Stores an operation of a method on `target` and returns it.
    pub(crate) fn begin_operation(&mut self, operation: Operation) -> &Operation {
        let path = operation.path();
        self.resources.operations.insert(path.as_str(), operation);
        self.resources.operations.get(&path).expect("just stored")
    }

    /// Completes an operation, unless it is complete.
    pub(crate) fn finish_operation(
        &mut self,
        path: &str,
        error: Option<OperationError>,
        now: Timestamp,
    ) {
        if let Some(operation) = self.resources.operations.get_mut(path) {
            operation.ended.get_or_insert(now);
            operation.error = error;
        }
    }

    /// The operation that a request with this ID has begun before.
    pub(crate) fn operation_of_request(&self, project: &str, id: &str) -> Option<&Operation> {
        let path = self.resources.requests.get(&request_key(project, id))?;
        self.resources.operations.get(path)
    }

    /// Remembers which operation a request began.
    pub(crate) fn record_request(&mut self, project: &str, id: &str, path: &str) {
        let key = request_key(project, id);
        self.resources.requests.insert(key, path.to_owned());
    }
}

fn request_key(project: &str, id: &str) -> String {
    format!("{project}/{}", id.to_ascii_lowercase())
}

/// What a `google.longrunning.Operation` is about.
pub(crate) struct LongRunning<'a> {
    pub(crate) api: &'a str,
    /// The last part of the operation's name, if it is not the usual one.
    pub(crate) name: Option<String>,
    /// The method (`create`).
    pub(crate) kind: &'a str,
    /// Name of the resource.
    pub(crate) target: &'a str,
    pub(crate) metadata: Value,
    pub(crate) response: Value,
    pub(crate) duration: Duration,
}

/// Begins an operation and returns it as the response.
pub(crate) fn begin(cloud: &mut Cloud, call: &Call, what: LongRunning<'_>) -> ApiResponse {
    let number = cloud.resources.next_number().to_string();
    let id = hash(&[what.api, what.target, &number]);
    let scope = match what.target.split('/').collect::<Vec<_>>()[..] {
        [
            "projects",
            project,
            collection @ ("locations" | "databases"),
            id,
            ..,
        ] => {
            format!("projects/{project}/{collection}/{id}")
        }
        _ => String::new(),
    };
    let operation = Operation {
        // Those of Resource Manager begin with `cf.` or `cp.`, for folders and
        // projects; the others' are UUIDs.
        name: what.name.unwrap_or_else(|| match scope.as_str() {
            "" => format!("c{}.{id}", &what.target[..1]),
            _ => format!("{id:016x}"),
        }),
        id: number,
        scope,
        kind: what.kind.to_owned(),
        target: what.target.to_owned(),
        target_id: String::new(),
        user: call.principal.email().to_owned(),
        request: String::new(),
        begun: call.now,
        ended: Some(call.now + what.duration),
        error: None,
        metadata: what.metadata,
        response: what.response,
        api: what.api.to_owned(),
    };
    let unnamed = what.duration == Duration::ZERO && operation.metadata.is_null();
    let mut json = cloud.begin_operation(operation).to_json(call.now);
    if unnamed {
        // As recorded of the deletion of a folder, which is done at once.
        json.as_object_mut().and_then(|json| json.remove("name"));
    }
    ApiResponse::Json(json)
}

/// Operations of all APIs but Compute Engine. Their paths are the same in
/// several APIs, which share this one port; names differ.
pub(crate) const ROUTES: &[Route] = routes! {
    "artifactregistry" "artifactregistry.projects.locations.operations.get"
        GET "/v1/projects/{project}/locations/{location}/operations/{operation}"
        |_, _| Ok(Vec::new()), get;
    "cloudkms" "cloudkms.projects.locations.operations.get"
        GET "/v1/projects/{project}/locations/{location}/operations/{operation}"
        |cloud, call| in_location(cloud, call, "cloudkms.operations.get", "cloudkms.googleapis.com"), get;
    "run" "run.projects.locations.operations.get"
        GET "/v2/projects/{project}/locations/{location}/operations/{operation}"
        |cloud, call| in_location(cloud, call, "run.operations.get", "run.googleapis.com"), get;
    "firestore" "firestore.projects.databases.operations.get"
        GET "/v1/projects/{project}/databases/{database}/operations/{operation}"
        |cloud, call| on_scope(cloud, call, "datastore.operations.get", ("firestore.googleapis.com", "Database")), get;
    "cloudresourcemanager" "cloudresourcemanager.operations.get" GET "/v1/operations/{operation}"
        |_, _| Ok(Vec::new()), get;
    "cloudresourcemanager" "cloudresourcemanager.operations.get" GET "/v3/operations/{operation}"
        |_, _| Ok(Vec::new()), get;
};

/// Whether the path of a request names an operation of this API. It decides
/// between routes with the same path.
pub(crate) fn is_of_api(cloud: &Cloud, api: &str, path: &BTreeMap<&'static str, String>) -> bool {
    path.contains_key("operation")
        && (cloud.resources.operations.get(&requested(cloud, path)))
            .is_some_and(|operation| operation.api == api)
}

fn requested(cloud: &Cloud, path: &BTreeMap<&'static str, String>) -> String {
    let part = |name: &str| path.get(name).map_or("", String::as_str);
    let name = part("operation");
    let scope = match (part("location"), part("database")) {
        ("", "") => return format!("operations/{name}"),
        ("", database) => format!("databases/{database}"),
        (location, _) => format!("locations/{location}"),
    };
    let requested = part("project");
    let project = cloud.iam.project(requested).map_or(requested, |(id, _)| id);
    format!("projects/{project}/{scope}/operations/{name}")
}

fn in_location(
    cloud: &Cloud,
    call: &Call,
    permission: &'static str,
    service: &'static str,
) -> Result<Vec<RequiredPermission>, ApiError> {
    on_scope(cloud, call, permission, (service, "Location"))
}

/// A permission on what holds the operation.
fn on_scope(
    cloud: &Cloud,
    call: &Call,
    permission: &'static str,
    (service, kind): (&'static str, &'static str),
) -> Result<Vec<RequiredPermission>, ApiError> {
    let path = requested(cloud, &call.path);
    let (scope, _) = path.split_once("/operations/").unwrap_or_default();
    let scope = Resource::new(service, kind, scope);
    Ok(vec![RequiredPermission::new(permission, scope)])
}

pub(crate) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let path = requested(cloud, &call.path);
    let found = cloud.resources.operations.get(&path);
    let operation =
        found.ok_or_else(|| ApiError::not_found(format!("Operation {path} not found.")))?;
    Ok(ApiResponse::Json(operation.to_json(call.now)))
}
