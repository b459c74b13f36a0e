//! Cloud Logging v2: the audit log of calls, sinks of projects, and what they
//! export. Log buckets, log entries of callers, and the sinks `_Default` and
//! `_Required` that Google makes are not simulated.

mod audit_log;
mod entries;
mod export;
mod query;
mod record;
mod sink;
#[cfg(test)]
mod tests;

pub(crate) use audit_log::AuditLog;
pub(crate) use export::export;
pub(crate) use record::record;
pub(crate) use sink::SINK;

use crate::route::{Route, routes};

pub(crate) const ROUTES: &[Route] = routes! {
    "logging" "logging.entries.list" POST "/v2/entries:list"
        entries::required_permissions, entries::list;
};
