//! Long-running operations of changes: shown and found again.

use super::{
    ServiceUsage,
    operation::{Operation, Outcome},
};
use crate::{
    Answer, ApiError, Call, Cloud,
    iam::{Need, Resource, hash},
};
use names::Timestamp;
use serde_json::{Value, json};

impl Operation {
    pub(super) fn name(&self, now: Timestamp) -> String {
        let id = hash(&["serviceusage", &self.project.0, &now.to_string()]);
        format!("operations/acat.p2-{}-{id:016x}", self.project.1)
    }

    /// As recorded: the metadata is empty.
    pub(super) fn shown(&self, name: &str, usage: &ServiceUsage, now: Timestamp) -> Value {
        let mut shown = json!({ "name": name });
        if now < self.done {
            return shown;
        }
        let kind = match self.outcome {
            Outcome::Enable => "EnableServiceResponse",
            Outcome::BatchEnable => "BatchEnableServicesResponse",
            Outcome::Disable => "DisableServiceResponse",
        };
        let kind = format!("type.googleapis.com/google.api.serviceusage.v1.{kind}");
        // What it said when it was done, whatever came after.
        let mut services: Vec<Value> = self
            .apis
            .iter()
            .map(|api| usage.shown(&self.project, api, self.done))
            .collect();
        shown["done"] = true.into();
        shown["metadata"] =
            json!({ "@type": "type.googleapis.com/google.protobuf.Empty", "value": {} });
        shown["response"] = match self.outcome {
            Outcome::BatchEnable => json!({ "@type": kind, "services": services }),
            Outcome::Enable | Outcome::Disable => {
                json!({ "@type": kind, "service": services.pop() })
            }
        };
        shown
    }
}

impl ServiceUsage {
    /// Whether a change of the project is still running.
    pub(super) fn busy(&self, project: &str, now: Timestamp) -> bool {
        let mut all = self.operations.iter();
        all.any(|(_, operation)| operation.project.0 == project && now < operation.done)
    }
}

fn find<'a>(cloud: &'a Cloud, call: &Call) -> Result<(&'a String, &'a Operation), ApiError> {
    let name = format!("operations/{}", call.path("operation"));
    let found = cloud.serviceusage.operations.entry(&name);
    found.ok_or_else(|| ApiError::not_found(format!("Operation {name} not found.")))
}

pub(super) fn needs(cloud: &Cloud, call: &Call) -> Result<Vec<Need>, ApiError> {
    let (_, operation) = find(cloud, call)?;
    let project = format!("projects/{}", operation.project.0);
    let project = Resource::new("serviceusage.googleapis.com", "Project", project);
    Ok(vec![Need::new("serviceusage.operations.get", project)])
}

pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let (name, operation) = find(cloud, call)?;
    let shown = operation.shown(name, &cloud.serviceusage, call.now);
    Ok(Answer::Json(shown))
}
