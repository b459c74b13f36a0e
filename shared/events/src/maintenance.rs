//! Audit log entries of Compute Engine about the host of a machine.

use crate::{DecodeError, Envelope};
use names::{ProjectId, Zone};
use serde::Deserialize;

/// The event `maintenance-noticed`: a `LogEntry` that a log sink published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaintenanceNoticed {
    /// Project of the machine.
    pub project: ProjectId,
    /// Zone of the machine.
    pub zone: Zone,
    /// Compute Engine's numeric id of the machine. A `LogEntry` always has it,
    /// unlike the name.
    pub instance_id: String,
    /// The last segment of the method name, such as `upcomingMaintenance`,
    /// `terminateOnHostMaintenance`, `preempted`, `hostError`, `guestTerminate`.
    pub method: String,
    /// Name of the machine, if `protoPayload.resourceName` contains it.
    pub instance: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InstanceLogEntry {
    proto_payload: InstanceLogPayload,
    resource: InstanceResource,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InstanceLogPayload {
    method_name: String,
    resource_name: Option<String>,
}

#[derive(Deserialize)]
struct InstanceResource {
    labels: InstanceLabels,
}

#[derive(Deserialize)]
struct InstanceLabels {
    instance_id: String,
    zone: Zone,
    project_id: ProjectId,
}

impl TryFrom<&Envelope> for MaintenanceNoticed {
    type Error = DecodeError;

    fn try_from(envelope: &Envelope) -> Result<Self, DecodeError> {
        let entry: InstanceLogEntry = envelope.json("log entry")?;
        let payload = entry.proto_payload;
        let method = payload.method_name.rsplit('.').next().unwrap_or_default();
        Ok(Self {
            project: entry.resource.labels.project_id,
            zone: entry.resource.labels.zone,
            instance_id: entry.resource.labels.instance_id,
            method: method.to_owned(),
            instance: payload
                .resource_name
                .and_then(|name| name.rsplit_once("/instances/").map(|(_, i)| i.to_owned())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_entry_names_the_machine() {
        let data = r#"{"protoPayload":{"methodName":"compute.instances.preempted",
            "resourceName":"projects/demo-project/zones/us-central1-a/instances/gc-train-1"},
            "resource":{"type":"gce_instance","labels":{"instance_id":"9","zone":"us-central1-a",
            "project_id":"demo-project"}}}"#;
        let envelope = Envelope {
            data: data.into(),
            ..Envelope::default()
        };
        let event = MaintenanceNoticed::try_from(&envelope).expect("valid");
        assert_eq!(
            (event.method.as_str(), event.instance.as_deref()),
            ("preempted", Some("gc-train-1"))
        );
    }
}
