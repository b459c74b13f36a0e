//! What an audit log says.

use crate::{
    Envelope, Unreadable,
    json::{self, Object},
};
use names::Timestamp;
use serde::Deserialize;

/// A LogEntry with an AuditLog in it: from a log sink over Pub/Sub, or from
/// Eventarc (`google.cloud.audit.log.v1.written`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// The service that was called, such as `compute.googleapis.com`.
    pub service: String,
    /// The method, such as `v1.compute.instances.insert`.
    pub method: String,
    /// What it was called on, such as `projects/p/zones/z/instances/i`.
    pub resource: Option<String>,
    /// Who called, where that may be told.
    pub principal: Option<String>,
    /// How the call ended; `None` where the entry does not say.
    pub status: Option<AuditStatus>,
    /// Tells the entry from others with the same timestamp and log.
    pub insert_id: Option<String>,
    /// When it happened.
    pub timestamp: Option<Timestamp>,
    /// How grave it is.
    pub severity: Severity,
    /// The log, such as `projects/p/logs/cloudaudit.googleapis.com%2Factivity`.
    pub log_name: Option<String>,
}

/// How a call ended (`google.rpc.Status`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditStatus {
    /// The gRPC code; 0 is OK.
    pub code: i32,
    /// What went wrong, in Google's words.
    pub message: String,
}

crate::json::proto_enum! {
    /// How grave a log entry is (`google.logging.type.LogSeverity`).
    Severity {
        /// Nothing is said.
        Default = "DEFAULT" "0",
        /// For finding faults.
        Debug = "DEBUG" "100",
        /// Routine.
        Info = "INFO" "200",
        /// Normal, but worth knowing, such as a change of configuration.
        Notice = "NOTICE" "300",
        /// May become a problem.
        Warning = "WARNING" "400",
        /// Likely is a problem.
        Error = "ERROR" "500",
        /// A grave problem.
        Critical = "CRITICAL" "600",
        /// Somebody must act at once.
        Alert = "ALERT" "700",
        /// Systems cannot be used.
        Emergency = "EMERGENCY" "800",
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogEntry {
    proto_payload: Object<AuditLog>,
    insert_id: Option<String>,
    timestamp: Option<Timestamp>,
    severity: Option<Severity>,
    log_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuditLog {
    service_name: String,
    method_name: String,
    resource_name: Option<String>,
    authentication_info: Option<Object<AuthenticationInfo>>,
    status: Option<Object<Status>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthenticationInfo {
    principal_email: Option<String>,
}

#[derive(Deserialize)]
struct Status {
    #[serde(default, deserialize_with = "json::whole")]
    code: Option<i32>,
    message: Option<String>,
}

impl TryFrom<&Envelope> for AuditEntry {
    type Error = Unreadable;

    fn try_from(envelope: &Envelope) -> Result<Self, Unreadable> {
        let entry: Object<LogEntry> = envelope.json("log entry")?;
        let entry = entry.0;
        let payload = entry.proto_payload.0;
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        Ok(Self {
            service: payload.service_name,
            method: payload.method_name,
            resource: filled(payload.resource_name),
            principal: filled(
                (payload.authentication_info).and_then(|info| info.0.principal_email),
            ),
            status: payload.status.map(|status| AuditStatus {
                code: status.0.code.unwrap_or_default(),
                message: status.0.message.unwrap_or_default(),
            }),
            insert_id: filled(entry.insert_id),
            timestamp: entry.timestamp,
            severity: entry.severity.unwrap_or(Severity::Default),
            log_name: filled(entry.log_name),
        })
    }
}
