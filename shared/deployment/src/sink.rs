//! Which of Compute Engine's audit log entries are events. Pure.

use names::ProjectId;

/// System events of Compute Engine that announce or report the end of a machine.
/// Source: Compute Engine's documentation of audit logs.
const NOTICES: [&str; 5] = [
    "guestTerminate",
    "hostError",
    "preempted",
    "terminateOnHostMaintenance",
    "upcomingMaintenance",
];

/// The filter of the sink of `project`.
pub(crate) fn filter(project: &ProjectId) -> String {
    let names: Vec<String> = NOTICES
        .iter()
        .map(|n| format!("\"compute.instances.{n}\""))
        .collect();
    format!(
        "logName=\"projects/{project}/logs/cloudaudit.googleapis.com%2Fsystem_event\" \
         AND resource.type=\"gce_instance\" AND protoPayload.methodName=({})",
        names.join(" OR "),
    )
}
