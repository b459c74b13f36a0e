//! The audit log of calls: Admin Activity always, Data Access where a policy's
//! `auditConfigs` asks for it
//! (<https://cloud.google.com/logging/docs/audit/configure-data-access>).
//!
//! Differences from Google's: a method has the name of its REST method, the
//! monitored resource is always `audited_resource`, requests and responses are
//! left out, sinks do not get these entries, and only the newest are kept.

use crate::Audit;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// Entries that are kept.
const CAPACITY: usize = 10_000;

/// How a call counts, by the permissions that it needs. The last that applies
/// counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LogType {
    AdminRead,
    DataRead,
    DataWrite,
    AdminWrite,
}

/// Permissions on what resources contain, not on the resources themselves.
/// Google documents them service by service; that these are all is unverified.
const DATA: [&str; 14] = [
    "cloudkms.cryptoKeyVersions.useTo",
    "datastore.entities.",
    "iam.serviceAccounts.getAccessToken",
    "iam.serviceAccounts.getOpenIdToken",
    "iam.serviceAccounts.implicitDelegation",
    "iam.serviceAccounts.signBlob",
    "iam.serviceAccounts.signJwt",
    "logging.logEntries.",
    "pubsub.subscriptions.consume",
    "pubsub.topics.publish",
    "run.routes.invoke",
    "secretmanager.versions.access",
    "storage.multipartUploads.",
    "storage.objects.",
];

/// How the last parts of permissions begin that change nothing.
const READS: [&str; 9] = [
    "access", "consume", "get", "implicit", "invoke", "list", "search", "sign", "use",
];

impl LogType {
    pub(super) fn of(permission: &str) -> Self {
        let (_, verb) = permission.rsplit_once('.').unwrap_or_default();
        let is_data = DATA.iter().any(|data| permission.starts_with(data));
        match (is_data, READS.iter().any(|read| verb.starts_with(read))) {
            (true, true) => Self::DataRead,
            (true, false) => Self::DataWrite,
            (false, true) => Self::AdminRead,
            (false, false) => Self::AdminWrite,
        }
    }

    /// The name in `auditConfigs`; none for what is always logged.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::AdminRead => Some("ADMIN_READ"),
            Self::DataRead => Some("DATA_READ"),
            Self::DataWrite => Some("DATA_WRITE"),
            Self::AdminWrite => None,
        }
    }
}

/// The newest entries, oldest first. Not journaled.
#[derive(Debug, Clone, Default)]
pub(crate) struct AuditLog {
    entries: VecDeque<Entry>,
    last: u64,
}

impl AuditLog {
    pub(super) fn push(&mut self, call: Audit, log_type: LogType) {
        self.last += 1;
        if self.entries.len() == CAPACITY {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry {
            id: self.last,
            is_data_access: log_type != LogType::AdminWrite,
            call,
        });
    }

    pub(super) fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }
}

/// An entry.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Greater than that of every older entry.
    pub(super) id: u64,
    /// Whether it is in the Data Access log, which not everybody may read.
    pub(super) is_data_access: bool,
    call: Audit,
}

/// The code of an HTTP status in `google.rpc.Code`.
fn code(status: u16) -> u8 {
    match status {
        400 => 3,
        401 => 16,
        403 => 7,
        404 => 5,
        409 => 6,
        412 => 9,
        429 => 8,
        500 => 13,
        501 => 12,
        503 => 14,
        _ => 2,
    }
}

impl Entry {
    /// The project, folder, organisation or billing account that it belongs to.
    pub(super) fn parent(&self) -> &str {
        let first = self.call.permissions.first();
        first.map_or("", |check| &check.parent)
    }

    /// As a LogEntry.
    pub(super) fn to_json(&self) -> Value {
        let (call, parent) = (&self.call, self.parent());
        let (log, severity) = match self.is_data_access {
            true => ("data_access", "INFO"),
            false => ("activity", "NOTICE"),
        };
        let is_error = call.status >= 400;
        let service = format!("{}.googleapis.com", call.api);
        let checks = call.permissions.iter().map(|check| {
            json!({
                "resource": check.resource,
                "permission": check.permission,
                "granted": check.granted,
            })
        });
        let authentication = match call.principal.split_once(':') {
            Some((_, email)) => json!({
                "principalEmail": email, "principalSubject": call.principal,
            }),
            None => json!({}),
        };
        json!({
            "insertId": format!("{:016x}", self.id),
            "logName": format!("{parent}/logs/cloudaudit.googleapis.com%2F{log}"),
            "timestamp": call.time,
            "receiveTimestamp": call.time,
            "severity": if is_error { "ERROR" } else { severity },
            "resource": {
                "type": "audited_resource",
                "labels": {
                    "method": call.method,
                    "project_id": parent.strip_prefix("projects/").unwrap_or_default(),
                    "service": service,
                },
            },
            "protoPayload": {
                "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
                "serviceName": service,
                "methodName": call.method,
                "resourceName": call.resource,
                "authenticationInfo": authentication,
                "authorizationInfo": checks.collect::<Value>(),
                "status": if is_error { json!({ "code": code(call.status) }) } else { json!({}) },
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_is_of_data_or_of_administration() {
        for (permission, log_type) in [
            ("pubsub.topics.publish", LogType::DataWrite),
            ("pubsub.subscriptions.consume", LogType::DataRead),
            ("pubsub.topics.create", LogType::AdminWrite),
            ("pubsub.topics.get", LogType::AdminRead),
            ("storage.objects.create", LogType::DataWrite),
            ("storage.objects.get", LogType::DataRead),
            ("storage.buckets.setIamPolicy", LogType::AdminWrite),
            ("secretmanager.versions.access", LogType::DataRead),
            ("secretmanager.versions.add", LogType::AdminWrite),
            ("cloudkms.cryptoKeyVersions.useToEncrypt", LogType::DataRead),
            ("iam.serviceAccounts.actAs", LogType::AdminWrite),
        ] {
            assert_eq!(LogType::of(permission), log_type, "{permission}");
        }
    }
}
