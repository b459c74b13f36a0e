//! Long-running operations of changes: shown and retrieved.

use super::{
    ServiceUsage,
    operation::{ChangeKind, Operation},
};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    iam::{RequiredPermission, Resource, hash},
};
use names::Timestamp;
use serde_json::{Value, json};

impl Operation {
    pub(super) fn name(&self, now: Timestamp) -> String {
        let id = hash(&["serviceusage", &self.project.0, &now.to_string()]);
        format!("operations/acat.p2-{}-{id:016x}", self.project.1)
    }

    /// The metadata is empty, as recorded.
    pub(super) fn to_json(&self, name: &str, usage: &ServiceUsage, now: Timestamp) -> Value {
        let mut json = json!({ "name": name });
        if now < self.done {
            return json;
        }
        let kind = match self.kind {
            ChangeKind::Enable => "EnableServiceResponse",
            ChangeKind::BatchEnable => "BatchEnableServicesResponse",
            ChangeKind::Disable => "DisableServiceResponse",
        };
        let kind = format!("type.googleapis.com/google.api.serviceusage.v1.{kind}");
        // The response shows the state at completion, whatever changed since.
        let mut services: Vec<Value> = self
            .apis
            .iter()
            .map(|api| usage.to_json(&self.project, api, self.done))
            .collect();
        json["done"] = true.into();
        json["metadata"] =
            json!({ "@type": "type.googleapis.com/google.protobuf.Empty", "value": {} });
        json["response"] = match self.kind {
            ChangeKind::BatchEnable => json!({ "@type": kind, "services": services }),
            ChangeKind::Enable | ChangeKind::Disable => {
                json!({ "@type": kind, "service": services.pop() })
            }
        };
        json
    }
}

impl ServiceUsage {
    /// Whether an operation of the project is still running.
    pub(super) fn has_pending_change(&self, project: &str, now: Timestamp) -> bool {
        let mut all = self.operations.iter();
        all.any(|(_, operation)| operation.project.0 == project && now < operation.done)
    }
}

fn find<'a>(cloud: &'a Cloud, call: &Call) -> Result<(&'a String, &'a Operation), ApiError> {
    let name = format!("operations/{}", call.path("operation"));
    let found = cloud.serviceusage.operations.get_with_key(&name);
    found.ok_or_else(|| ApiError::not_found(format!("Operation {name} not found.")))
}

pub(super) fn required_permissions(
    cloud: &Cloud,
    call: &Call,
) -> Result<Vec<RequiredPermission>, ApiError> {
    let (_, operation) = find(cloud, call)?;
    let project = format!("projects/{}", operation.project.0);
    let project = Resource::new("serviceusage.googleapis.com", "Project", project);
    Ok(vec![RequiredPermission::new(
        "serviceusage.operations.get",
        project,
    )])
}

pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (name, operation) = find(cloud, call)?;
    let json = operation.to_json(name, &cloud.serviceusage, call.now);
    Ok(ApiResponse::Json(json))
}
