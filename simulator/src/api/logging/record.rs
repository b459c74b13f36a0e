//! Calls become entries of the audit log.

use super::audit_log::LogType;
use crate::{Audit, Cloud};

/// Logs a call, if it needed a permission and is to be logged.
pub(crate) fn record(cloud: &mut Cloud, call: &Audit) {
    let types = call.permissions.iter().map(|p| LogType::of(&p.permission));
    let (Some(log_type), [first, ..]) = (types.max(), &call.permissions[..]) else {
        return;
    };
    let is_wanted = |name| {
        let service = format!("{}.googleapis.com", call.api);
        let (parent, caller) = (first.parent.clone(), &call.principal);
        cloud.iam.audits(parent, &service, name, caller)
    };
    if log_type.name().is_none_or(is_wanted) {
        cloud.audit_log.push(call.clone(), log_type);
    }
}
