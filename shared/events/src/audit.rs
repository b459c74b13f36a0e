//! Entries of Cloud Audit Logs.

use crate::{
    DecodeError, Envelope,
    json::{self, JsonObject},
};
use names::Timestamp;
use serde::Deserialize;

/// A `LogEntry` with an `AuditLog` payload: from a log sink over Pub/Sub, or
/// from Eventarc (`google.cloud.audit.log.v1.written`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// The service that was called, such as `compute.googleapis.com`.
    pub service: String,
    /// The method, such as `v1.compute.instances.insert`.
    pub method: String,
    /// The resource that the method was called on, such as `projects/p/zones/z/instances/i`.
    pub resource: Option<String>,
    /// The caller's e-mail address, unless it was redacted.
    pub principal: Option<String>,
    /// The status of the call; `None` if the entry has none.
    pub status: Option<AuditStatus>,
    /// Unique among entries with the same timestamp and log.
    pub insert_id: Option<String>,
    /// When the logged event happened.
    pub timestamp: Option<Timestamp>,
    /// How serious the entry is, as Cloud Logging shows it.
    pub severity: Severity,
    /// Name of the log, such as `projects/p/logs/cloudaudit.googleapis.com%2Factivity`.
    pub log_name: Option<String>,
}

/// The status of a call (`google.rpc.Status`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditStatus {
    /// The gRPC code; 0 is OK.
    pub code: i32,
    /// Google's error message.
    pub message: String,
}

crate::json::proto_enum! {
    /// Severity of a log entry (`google.logging.type.LogSeverity`).
    Severity {
        /// No severity was assigned.
        Default = "DEFAULT" "0",
        /// For debugging.
        Debug = "DEBUG" "100",
        /// Routine information.
        Info = "INFO" "200",
        /// Normal but significant, such as a change of configuration.
        Notice = "NOTICE" "300",
        /// Might become a problem.
        Warning = "WARNING" "400",
        /// Likely to cause a problem.
        Error = "ERROR" "500",
        /// A severe problem.
        Critical = "CRITICAL" "600",
        /// A person must act immediately.
        Alert = "ALERT" "700",
        /// One or more systems are unusable.
        Emergency = "EMERGENCY" "800",
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuditLogEntry {
    proto_payload: JsonObject<AuditLog>,
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
    authentication_info: Option<JsonObject<AuthenticationInfo>>,
    status: Option<JsonObject<AuditLogStatus>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthenticationInfo {
    principal_email: Option<String>,
}

#[derive(Deserialize)]
struct AuditLogStatus {
    #[serde(default, deserialize_with = "json::optional_integer")]
    code: Option<i32>,
    message: Option<String>,
}

impl TryFrom<&Envelope> for AuditEntry {
    type Error = DecodeError;

    fn try_from(envelope: &Envelope) -> Result<Self, DecodeError> {
        let entry: JsonObject<AuditLogEntry> = envelope.json("log entry")?;
        let entry = entry.0;
        let payload = entry.proto_payload.0;
        let non_empty = |text: Option<String>| text.filter(|text| !text.is_empty());
        Ok(Self {
            service: payload.service_name,
            method: payload.method_name,
            resource: non_empty(payload.resource_name),
            principal: non_empty(
                (payload.authentication_info).and_then(|info| info.0.principal_email),
            ),
            status: payload.status.map(|status| AuditStatus {
                code: status.0.code.unwrap_or_default(),
                message: status.0.message.unwrap_or_default(),
            }),
            insert_id: non_empty(entry.insert_id),
            timestamp: entry.timestamp,
            severity: entry.severity.unwrap_or(Severity::Default),
            log_name: non_empty(entry.log_name),
        })
    }
}
