//! A machine as it is kept, and as the API shows it.

use super::{
    operation::Fault,
    reference::{absolute, fingerprint, full, last},
};
use names::{Duration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where a machine stands in its life (the statuses that happen here).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Status {
    Provisioning,
    Staging,
    Running,
    Stopping,
    Repairing,
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
            Self::Terminated => "TERMINATED",
        }
    }
}

/// What becomes of a machine that is going down; the later ones win.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum After {
    Restart,
    Stop,
    Delete,
}

/// A machine on its way down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ending {
    pub(crate) after: After,
    /// The operations that are done when it is over.
    pub(crate) operations: Vec<String>,
}

/// A machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Instance {
    pub(crate) id: String,
    pub(crate) project: String,
    pub(crate) zone: String,
    pub(crate) name: String,
    /// The Instance resource without what changes by itself; links are full
    /// relative paths.
    pub(crate) resource: Value,
    pub(crate) status: Status,
    /// Whether the guest has power.
    pub(crate) powered: bool,
    pub(crate) created: Timestamp,
    pub(crate) last_start: Option<Timestamp>,
    pub(crate) last_stop: Option<Timestamp>,
    /// The insert or start that is under way.
    pub(crate) launching: Option<String>,
    /// Why that will fail.
    pub(crate) refused: Option<Fault>,
    pub(crate) ending: Option<Ending>,
    pub(crate) preempted: bool,
    /// When the announced host maintenance begins.
    pub(crate) maintenance: Option<Timestamp>,
    /// When anything that its metadata server shows last changed.
    pub(crate) touched: Timestamp,
    pub(crate) serial: String,
}

/// What a machine's host needs to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceView {
    /// Compute Engine's numeric id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its zone.
    pub zone: String,
    /// Its project.
    pub project: String,
    /// `RUNNING`, `STOPPING`, …
    pub status: &'static str,
    /// The service account that it runs as.
    pub account: Option<String>,
    /// Its metadata attributes.
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

    /// What preemption and the end of its time make of it.
    pub(crate) fn termination(&self) -> After {
        if self.scheduling("instanceTerminationAction") == "DELETE" {
            After::Delete
        } else {
            After::Stop
        }
    }

    /// When it must go, having started at `started`.
    pub(crate) fn time_up(&self, started: Timestamp) -> Option<Timestamp> {
        let at = self.scheduling("terminationTime").as_str();
        at.and_then(|at| at.parse().ok())
            .or_else(|| Some(started + span(self.scheduling("maxRunDuration"))?))
    }

    /// From the notice of a preemption to the power button.
    pub(crate) fn preemption_notice(&self) -> Option<Duration> {
        span(self.scheduling("preemptionNoticeDuration"))
    }

    pub(crate) fn machine_type(&self) -> &str {
        last(self.resource["machineType"].as_str().unwrap_or_default())
    }

    /// The GPUs, its own and those of its machine type: model and count.
    pub(crate) fn gpus(&self) -> Option<(&str, u32)> {
        let gpu = self.resource["guestAccelerators"].get(0)?;
        let count = gpu["acceleratorCount"].as_u64().unwrap_or(0);
        Some((
            last(gpu["acceleratorType"].as_str()?),
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

    /// The value of `maintenance-event`.
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
        json["zone"] = full(&self.zone, &self.project, "zones").into();
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
        absolute(&mut json, origin);
        json
    }
}

/// A `Duration` of the API: `{seconds: "int64", nanos}`.
pub(crate) fn span(value: &Value) -> Option<Duration> {
    let seconds = int64(&value["seconds"]).and_then(|seconds| u64::try_from(seconds).ok())?;
    let nanos = u32::try_from(value["nanos"].as_u64().unwrap_or(0)).ok()?;
    Some(Duration::from_secs(seconds) + Duration::from_nanos(nanos.into()))
}

/// An int64: a string in the API's JSON, though a number is taken too.
pub(crate) fn int64(value: &Value) -> Option<i64> {
    value
        .as_str()
        .map_or_else(|| value.as_i64(), |text| text.parse().ok())
}
