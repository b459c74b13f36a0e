//! System events: what happens to machines without a request, in the audit log.

use crate::Cloud;
use crate::api::logging;
use crate::collection::dialect::compute_operations as operations;
use names::Timestamp;
use serde_json::{Value, json};

/// A system event: the last segment of the method name, and the status message.
pub(super) type Event = (&'static str, &'static str);

pub(super) const ANNOUNCED: Event = (
    "upcomingMaintenance",
    "Maintenance is scheduled for this instance.",
);
pub(super) const GUEST_TERMINATED: Event = (
    "guestTerminate",
    "Instance terminated by guest OS shutdown.",
);
pub(super) const HOST_ERROR: Event = (
    "hostError",
    "Instance terminated by Compute Engine due to a hardware error.",
);
pub(super) const MIGRATED: Event = (
    "migrateOnHostMaintenance",
    "Instance migrated during Compute Engine maintenance.",
);
pub(super) const PREEMPTED: Event = ("preempted", "Instance was preempted.");
pub(super) const RESTARTED: Event = (
    "automaticRestart",
    "Instance automatically restarted by Compute Engine.",
);
pub(super) const TERMINATED: Event = (
    "terminateOnHostMaintenance",
    "Instance terminated during Compute Engine maintenance.",
);

/// Records an event: as a completed operation by `system`, and as a Cloud
/// Logging LogEntry for the project's sinks and [`Cloud::take_log_entries`].
pub(super) fn record_event(cloud: &mut Cloud, path: &str, event: &Event, now: Timestamp) {
    let (what, message) = event;
    let Some(instance) = cloud.compute.instances.get(path) else {
        return;
    };
    let (id, project) = (instance.id.clone(), instance.project.clone());
    let labels = json!({
        "instance_id": id, "project_id": project, "zone": instance.zone,
    });
    let log = format!("projects/{project}/logs/cloudaudit.googleapis.com%2Fsystem_event");
    let method = format!("compute.instances.{what}");
    let operation = operations::insert(cloud, &method, path, &id, "system", now);
    cloud.finish_operation(&operation, None, now);
    let name = operation.rsplit('/').next().unwrap_or_default();
    let entry = json!({
        "insertId": name,
        "logName": log,
        "timestamp": now,
        "receiveTimestamp": now,
        "severity": "INFO",
        "resource": { "type": "gce_instance", "labels": labels },
        "operation": { "id": name, "producer": method, "first": true, "last": true },
        "protoPayload": {
            "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
            "serviceName": "compute.googleapis.com",
            "methodName": method,
            "resourceName": path,
            "authenticationInfo": { "principalEmail": "system@google.com" },
            "request": { "@type": format!("type.googleapis.com/{method}") },
            "status": { "message": message },
        },
    });
    logging::export(cloud, &project, &entry, now);
    cloud.compute.log.push(entry);
}

impl Cloud {
    /// Takes the system events since the last call, oldest first, each a Cloud
    /// Logging LogEntry as JSON. They are not journaled.
    pub fn take_log_entries(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.compute.log)
    }
}
