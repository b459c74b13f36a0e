//! Audit log entries of Compute Engine about the host of a machine.

use crate::{DecodeError, Envelope};
use names::{ProjectId, Zone};
use serde::Deserialize;

/// The event `maintenance-noticed`: a `LogEntry` that a log sink published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaintenanceNoticed {
    /// Project of the machine: the one whose system event log has the entry. A sink
    /// of another project cannot imitate that, whatever its entries say.
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
    log_name: SystemEventLog,
    proto_payload: InstanceLogPayload,
    resource: InstanceResource,
}

/// The project of a log of system events. Only Google writes to such a log.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct SystemEventLog(ProjectId);

impl TryFrom<String> for SystemEventLog {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let project = name
            .strip_prefix("projects/")
            .and_then(|rest| rest.strip_suffix("/logs/cloudaudit.googleapis.com%2Fsystem_event"));
        let project = project.and_then(|project| project.parse().ok());
        project
            .map(Self)
            .ok_or_else(|| format!("logName: {name:?} is not a project's log of system events"))
    }
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
}

impl TryFrom<&Envelope> for MaintenanceNoticed {
    type Error = DecodeError;

    fn try_from(envelope: &Envelope) -> Result<Self, DecodeError> {
        let entry: InstanceLogEntry = envelope.json("log entry")?;
        let payload = entry.proto_payload;
        let method = payload.method_name.rsplit('.').next().unwrap_or_default();
        Ok(Self {
            project: entry.log_name.0,
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
        let data = r#"{"logName":"projects/demo-project/logs/cloudaudit.googleapis.com%2Fsystem_event",
            "protoPayload":{"methodName":"compute.instances.preempted",
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
        assert_eq!(event.project.as_str(), "demo-project");
    }

    /// Whoever may let a sink publish can have any entry of their own logs published.
    #[test]
    fn an_entry_counts_for_the_project_whose_log_has_it() {
        let event = |log: &str| {
            let data = format!(
                r#"{{"logName":"{log}","protoPayload":{{"methodName":"compute.instances.preempted"}},
                "resource":{{"labels":{{"instance_id":"9","zone":"us-central1-a",
                "project_id":"demo-project"}}}}}}"#
            );
            MaintenanceNoticed::try_from(&Envelope {
                data: data.into(),
                ..Envelope::default()
            })
        };
        let system = "/logs/cloudaudit.googleapis.com%2Fsystem_event";
        let other = event(&format!("projects/other-project{system}")).expect("valid");
        assert_eq!(other.project.as_str(), "other-project");
        for log in [
            "projects/demo-project/logs/my-log",
            &format!("folders/1{system}"),
            "",
        ] {
            let error = event(log).expect_err(log).to_string();
            assert!(error.contains("logName"), "{error}");
        }
    }
}
