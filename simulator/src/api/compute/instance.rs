//! A machine as it is stored, and as the API shows it.

use super::reference::{full_path, last_segment};
use crate::collection::{
    OperationError,
    dialect::compute::{fingerprint, make_links_absolute},
};
use names::{Duration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Status of a machine; only the statuses that occur here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Status {
    Provisioning,
    Staging,
    Running,
    Stopping,
    Repairing,
    Suspending,
    Suspended,
    Terminated,
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Provisioning => "PROVISIONING",
            Self::Staging => "STAGING",
            Self::Running => "RUNNING",
            Self::Stopping => "STOPPING",
            Self::Repairing => "REPAIRING",
            Self::Suspending => "SUSPENDING",
            Self::Suspended => "SUSPENDED",
            Self::Terminated => "TERMINATED",
        }
    }
}

/// What happens to a machine after its shutdown. Of several requests, the
/// greatest wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum AfterShutdown {
    Restart,
    Suspend,
    Stop,
    Delete,
}

/// The shutdown of a machine in progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shutdown {
    pub(crate) after: AfterShutdown,
    /// Paths of the operations that end with the shutdown.
    pub(crate) operations: Vec<String>,
}

/// A machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Instance {
    pub(crate) id: String,
    pub(crate) project: String,
    pub(crate) zone: String,
    pub(crate) name: String,
    /// The Instance resource without the fields that change by themselves.
    /// Links are full relative paths.
    pub(crate) resource: Value,
    pub(crate) status: Status,
    /// Whether the machine is powered on.
    pub(crate) powered: bool,
    pub(crate) created: Timestamp,
    pub(crate) last_start: Option<Timestamp>,
    pub(crate) last_stop: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_suspended: Option<Timestamp>,
    /// Path of the insert, start or resume operation in progress, which ends when
    /// the machine runs.
    pub(crate) start_operation: Option<String>,
    /// The error with which it will fail.
    pub(crate) start_error: Option<OperationError>,
    pub(crate) shutdown: Option<Shutdown>,
    pub(crate) preempted: bool,
    /// When the announced host maintenance begins.
    pub(crate) maintenance: Option<Timestamp>,
    /// When anything that the metadata server shows last changed.
    pub(crate) changed: Timestamp,
    pub(crate) serial: String,
}

/// The state of a machine that its host needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceView {
    /// Numeric ID.
    pub id: String,
    /// Name.
    pub name: String,
    /// Zone, such as `us-central1-a`.
    pub zone: String,
    /// Project ID.
    pub project: String,
    /// `RUNNING`, `STOPPING`, …
    pub status: &'static str,
    /// Email address of the service account that it runs as.
    pub account: Option<String>,
    /// Metadata attributes.
    pub metadata: BTreeMap<String, String>,
}

impl Instance {
    pub(crate) fn path(&self) -> String {
        format!(
            "projects/{}/zones/{}/instances/{}",
            self.project, self.zone, self.name
        )
    }

    fn scheduling(&self, field: &str) -> &Value {
        &self.resource["scheduling"][field]
    }

    pub(crate) fn is_spot(&self) -> bool {
        self.scheduling("provisioningModel") == "SPOT"
    }

    pub(crate) fn migrates(&self) -> bool {
        self.scheduling("onHostMaintenance") == "MIGRATE"
    }

    pub(crate) fn restarts(&self) -> bool {
        self.scheduling("automaticRestart") == true
    }

    /// What happens to the machine when it is preempted or reaches its time
    /// limit.
    pub(crate) fn termination(&self) -> AfterShutdown {
        if self.scheduling("instanceTerminationAction") == "DELETE" {
            AfterShutdown::Delete
        } else {
            AfterShutdown::Stop
        }
    }

    /// When the machine that started at `started` reaches its time limit, if it
    /// has one.
    pub(crate) fn termination_time(&self, started: Timestamp) -> Option<Timestamp> {
        let at = self.scheduling("terminationTime").as_str();
        at.and_then(|at| at.parse().ok())
            .or_else(|| Some(started + duration(self.scheduling("maxRunDuration"))?))
    }

    /// The time from the preemption notice to the power button.
    pub(crate) fn preemption_notice(&self) -> Option<Duration> {
        duration(self.scheduling("preemptionNoticeDuration"))
    }

    pub(crate) fn machine_type(&self) -> &str {
        last_segment(self.resource["machineType"].as_str().unwrap_or_default())
    }

    /// The model and number of its GPUs, including those of its machine type.
    pub(crate) fn gpus(&self) -> Option<(&str, u32)> {
        let gpu = self.resource["guestAccelerators"].get(0)?;
        let count = gpu["acceleratorCount"].as_u64().unwrap_or(0);
        Some((
            last_segment(gpu["acceleratorType"].as_str()?),
            u32::try_from(count).unwrap_or(u32::MAX),
        ))
    }

    pub(crate) fn account(&self) -> Option<&str> {
        self.resource["serviceAccounts"].get(0)?["email"].as_str()
    }

    pub(crate) fn scopes(&self) -> Vec<&str> {
        let scopes = self.resource["serviceAccounts"][0]["scopes"].as_array();
        scopes
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    pub(crate) fn metadata(&self) -> impl Iterator<Item = (&str, &str)> {
        let items = self.resource["metadata"]["items"].as_array();
        items.into_iter().flatten().filter_map(|item| {
            Some((
                item["key"].as_str()?,
                item["value"].as_str().unwrap_or_default(),
            ))
        })
    }

    pub(crate) fn disks(&self) -> impl Iterator<Item = &Value> {
        self.resource["disks"].as_array().into_iter().flatten()
    }

    /// The value of `maintenance-event` in the metadata server.
    pub(crate) fn maintenance_event(&self) -> &'static str {
        match (self.maintenance, self.migrates()) {
            (None, _) => "NONE",
            (Some(_), true) => "MIGRATE_ON_HOST_MAINTENANCE",
            (Some(_), false) => "TERMINATE_ON_HOST_MAINTENANCE",
        }
    }

    pub(crate) fn view(&self) -> InstanceView {
        InstanceView {
            id: self.id.clone(),
            name: self.name.clone(),
            zone: self.zone.clone(),
            project: self.project.clone(),
            status: self.status.as_str(),
            account: self.account().map(str::to_owned),
            metadata: self
                .metadata()
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .collect(),
        }
    }

    pub(crate) fn json(&self, origin: &str) -> Value {
        let mut json = self.resource.clone();
        json["kind"] = "compute#instance".into();
        json["id"] = self.id.clone().into();
        json["status"] = self.status.as_str().into();
        json["creationTimestamp"] = json!(self.created);
        json["zone"] = full_path(&self.zone, &self.project, "zones").into();
        json["selfLink"] = self.path().into();
        json["labelFingerprint"] = fingerprint(&json["labels"]).into();
        json["metadata"]["kind"] = "compute#metadata".into();
        json["metadata"]["fingerprint"] = fingerprint(&self.resource["metadata"]).into();
        if let Some(started) = self.last_start {
            json["lastStartTimestamp"] = json!(started);
        }
        if let Some(stopped) = self.last_stop {
            json["lastStopTimestamp"] = json!(stopped);
        }
        if let Some(suspended) = self.last_suspended {
            json["lastSuspendedTimestamp"] = json!(suspended);
        }
        if let Some(begins) = self.maintenance {
            json["resourceStatus"] = json!({ "upcomingMaintenance": {
                "type": "UNSCHEDULED",
                "canReschedule": false,
                "maintenanceStatus": if self.status == Status::Running { "PENDING" } else { "ONGOING" },
                "windowStartTime": begins,
                "latestWindowStartTime": begins,
            }});
        }
        json["fingerprint"] = fingerprint(&json).into();
        make_links_absolute(&mut json, origin);
        json
    }
}

/// Reads a `Duration` of the API: `{seconds: "int64", nanos}`.
pub(crate) fn duration(value: &Value) -> Option<Duration> {
    let seconds = int64(&value["seconds"]).and_then(|seconds| u64::try_from(seconds).ok())?;
    let nanos = u32::try_from(value["nanos"].as_u64().unwrap_or(0)).ok()?;
    Some(Duration::from_secs(seconds) + Duration::from_nanos(nanos.into()))
}

/// Reads an int64: the API's JSON has a string, but a number is accepted.
pub(crate) fn int64(value: &Value) -> Option<i64> {
    value
        .as_str()
        .map_or_else(|| value.as_i64(), |text| text.parse().ok())
}
