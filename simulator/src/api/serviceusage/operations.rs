//! Long-running operations of changes.

use super::ServiceUsage;
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    collection::{self, LongRunning, Operation},
    iam::{RequiredPermission, Resource, hash},
};
use names::Timestamp;
use serde_json::{Value, json};

const API: &str = "serviceusage";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChangeKind {
    Enable,
    BatchEnable,
    Disable,
}

/// Begins the operation of a change of `apis`, or returns one that is done, if
/// the change has no effect.
pub(super) fn begin(
    cloud: &mut Cloud,
    call: &Call,
    project: &(String, u64),
    (kind, apis): (ChangeKind, &[String]),
    done: Timestamp,
) -> ApiResponse {
    let response = response(&cloud.serviceusage, project, (kind, apis), done);
    if done == call.now {
        let mut json = json!({
            "name": "operations/noop.DONE_OPERATION", "done": true, "response": response,
        });
        json["metadata"] = metadata();
        return ApiResponse::Json(json);
    }
    let id = hash(&[API, &project.0, &call.now.to_string()]);
    let operation = LongRunning {
        api: API,
        name: Some(format!("acat.p2-{}-{id:016x}", project.1)),
        kind: "change",
        target: &format!("projects/{}", project.0),
        metadata: match kind {
            ChangeKind::Disable => metadata(),
            ChangeKind::Enable | ChangeKind::BatchEnable => Value::Null,
        },
        response,
        duration: done.since(call.now),
    };
    collection::begin(cloud, call, operation)
}

/// The state at completion, whatever changes until the operation is read.
fn response(
    usage: &ServiceUsage,
    project: &(String, u64),
    (kind, apis): (ChangeKind, &[String]),
    done: Timestamp,
) -> Value {
    let typed = |kind| format!("type.googleapis.com/google.api.serviceusage.v1.{kind}");
    let services = apis.iter().map(|api| usage.to_json(project, api, done));
    let mut services: Vec<Value> = services.collect();
    let (kind, field, content) = match kind {
        ChangeKind::BatchEnable => ("BatchEnableServicesResponse", "services", json!(services)),
        ChangeKind::Enable => ("EnableServiceResponse", "service", json!(services.pop())),
        ChangeKind::Disable => ("DisableServiceResponse", "service", json!(services.pop())),
    };
    json!({ "@type": typed(kind), field: content })
}

/// The metadata is empty, and not there before an API is enabled, as recorded.
fn metadata() -> Value {
    json!({ "@type": "type.googleapis.com/google.protobuf.Empty", "value": {} })
}

/// Whether an operation of the project is still running.
pub(super) fn has_pending_change(cloud: &Cloud, project: &str, now: Timestamp) -> bool {
    let target = format!("projects/{project}");
    let is_pending = |operation: &Operation| {
        operation.api == API && operation.target == target && !operation.is_done(now)
    };
    let mut all = cloud.resources.operations.iter();
    all.any(|(_, operation)| is_pending(operation))
}

fn find<'a>(cloud: &'a Cloud, call: &Call) -> Result<&'a Operation, ApiError> {
    let name = format!("operations/{}", call.path("operation"));
    let found = cloud.resources.operations.get(&name);
    found
        .filter(|operation| operation.api == API)
        .ok_or_else(|| ApiError::not_found(format!("Operation {name} not found.")))
}

pub(super) fn required_permissions(
    cloud: &Cloud,
    call: &Call,
) -> Result<Vec<RequiredPermission>, ApiError> {
    let project = &find(cloud, call)?.target;
    let project = Resource::new("serviceusage.googleapis.com", "Project", project);
    Ok(vec![RequiredPermission::new(
        "serviceusage.operations.get",
        project,
    )])
}

pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let operation = find(cloud, call)?;
    let mut json = operation.to_json(call.now);
    if operation.is_done(call.now) {
        json["metadata"] = metadata();
    }
    Ok(ApiResponse::Json(json))
}
