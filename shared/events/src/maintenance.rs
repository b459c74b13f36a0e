//! What Compute Engine's audit log says of a machine.

use crate::{Envelope, Unreadable};
use names::{ProjectId, Zone};
use serde::Deserialize;

/// The event `maintenance-noticed`: a LogEntry that a log sink published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaintenanceNoticed {
    /// The machine's project.
    pub project: ProjectId,
    /// The machine's zone.
    pub zone: Zone,
    /// Compute Engine's id of the machine (a LogEntry does not name it surely).
    pub instance_id: String,
    /// The last segment of the method's name, such as `upcomingMaintenance`,
    /// `terminateOnHostMaintenance`, `preempted`, `hostError`, `guestTerminate`.
    pub what: String,
    /// The machine's name, where `protoPayload.resourceName` has it.
    pub instance: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogEntry {
    proto_payload: ProtoPayload,
    resource: Resource,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProtoPayload {
    method_name: String,
    resource_name: Option<String>,
}

#[derive(Deserialize)]
struct Resource {
    labels: Labels,
}

#[derive(Deserialize)]
struct Labels {
    instance_id: String,
    zone: Zone,
    project_id: ProjectId,
}

impl TryFrom<&Envelope> for MaintenanceNoticed {
    type Error = Unreadable;

    fn try_from(envelope: &Envelope) -> Result<Self, Unreadable> {
        let entry: LogEntry = envelope.json("log entry")?;
        let payload = entry.proto_payload;
        let what = payload.method_name.rsplit('.').next().unwrap_or_default();
        Ok(Self {
            project: entry.resource.labels.project_id,
            zone: entry.resource.labels.zone,
            instance_id: entry.resource.labels.instance_id,
            what: what.to_owned(),
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
            (event.what.as_str(), event.instance.as_deref()),
            ("preempted", Some("gc-train-1"))
        );
    }
}
