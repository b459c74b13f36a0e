//! Which faults are retried, and for how long. Pure.

use crate::{Fault, ResourceId, Step, error::is_api_disabled};
use gcp::{Class, Classify, RefusalCause};
use names::Duration;
use std::collections::BTreeSet;

/// How long `fault` of a step is retried; `None` if it is permanent.
/// `created` is what this run has created so far, `enables_apis` whether the
/// plan enables APIs.
///
/// Sources: Google's documentation of eventual consistency in IAM (an account
/// can be used a minute after its creation), and of Service Usage (an API
/// refuses calls for a minute after it was enabled).
pub(crate) fn retry_budget(
    step: &Step,
    fault: &Fault,
    created: &BTreeSet<ResourceId>,
    enables_apis: bool,
) -> Option<Duration> {
    let id = &step.id;
    let seconds = |n| Some(Duration::from_secs(n));
    if is_in_use(fault) {
        return seconds(300);
    }
    let error = match fault {
        Fault::Call(error) => error,
        Fault::PolicyMismatch => return seconds(30),
        Fault::Operation(_)
        | Fault::OperationTimeout
        | Fault::RetentionLocked
        | Fault::Refused(_)
        | Fault::InUse(_)
        | Fault::Unlisted(_)
        | Fault::Record(_) => return None,
    };
    let text = error.to_string();
    let any_created = |kind: fn(&ResourceId) -> bool| created.iter().any(kind);
    if text.contains("Another activation or deactivation is in progress") {
        return seconds(300);
    }
    if is_api_disabled(error) {
        return enables_apis.then_some(Duration::from_secs(180));
    }
    // Google counts requests by the minute.
    if error.cause() == Some(RefusalCause::RateLimit) {
        return seconds(120);
    }
    // Someone else's: an ID is never free again.
    if matches!(id, ResourceId::Project(_)) && error.status() == Some(409) {
        return None;
    }
    // In a new project, its creator's access takes a while.
    let is_absent = error.lacks_permission() || error.is_not_found();
    let projects = std::iter::once(id).chain(&step.depends_on);
    let mut projects = projects.filter_map(ResourceId::project);
    if is_absent && projects.any(|project| created.contains(&ResourceId::Project(project))) {
        return seconds(80);
    }
    // It was created, but is not visible everywhere yet.
    if matches!(id, ResourceId::Account(_)) && error.is_conflict() {
        return seconds(120);
    }
    if let ResourceId::Policy(target) = id {
        let may_be_member =
            any_created(|id| matches!(id, ResourceId::Account(_) | ResourceId::Role(_)));
        if error.status() == Some(400) && text.contains("does not exist") && may_be_member {
            return seconds(80);
        }
        let is_new = target.resource().is_some_and(|id| created.contains(&id));
        if is_absent && is_new {
            return seconds(80);
        }
    }
    match error.class() {
        Class::Conflict | Class::Transient => seconds(30),
        Class::Denied | Class::Invalid | Class::Bug => None,
    }
}

/// Whether Compute refuses because another resource is in use or not ready: an
/// instance that uses a subnetwork, a network that is still being created. The
/// call may fail so, or the operation that it started.
fn is_in_use(fault: &Fault) -> bool {
    let is_code = |code: &str| {
        matches!(
            code,
            "resourceInUseByAnotherResource"
                | "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE"
                | "resourceNotReady"
                | "RESOURCE_NOT_READY"
        )
    };
    match fault {
        Fault::Call(error) => is_code(error.reason()),
        Fault::Operation(error) => error.codes.iter().any(|(code, _)| is_code(code)),
        Fault::OperationTimeout
        | Fault::RetentionLocked
        | Fault::PolicyMismatch
        | Fault::Refused(_)
        | Fault::InUse(_)
        | Fault::Unlisted(_)
        | Fault::Record(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Action, Origin};
    use gcp::{Error, ErrorKind, SendError};
    use serde_json::{Value, json};

    fn answer(status: u16, reason: &str, message: &str, details: Value) -> Fault {
        Fault::Call(Error {
            method: "m",
            resource: "/r".into(),
            is_conditional: true,
            kind: ErrorKind::Status {
                status,
                reason: reason.into(),
                message: message.into(),
                retry_after: None,
                details,
            },
        })
    }

    #[test]
    fn transient_faults_are_retried_for_a_limited_time() {
        let account: ResourceId = "account a@demo-project.iam.gserviceaccount.com"
            .parse()
            .expect("valid");
        let policy: ResourceId = format!("policy of {account}").parse().expect("valid");
        let project: ResourceId = "policy of project demo-project".parse().expect("valid");
        let plain = |status, message: &str| answer(status, "", message, Value::Null);
        let no_account = || plain(400, "Service account a does not exist.");
        let off = || {
            let details = json!({ "details": [{ "reason": "SERVICE_DISABLED" }] });
            answer(403, "PERMISSION_DENIED", "no", details)
        };
        let busy = plain(
            400,
            "Another activation or deactivation is in progress for x",
        );
        let cut = Fault::Call(Error {
            method: "m",
            resource: "/r".into(),
            is_conditional: true,
            kind: ErrorKind::Send(SendError::NoAnswer("cut".into())),
        });
        let network: ResourceId = "network projects/demo-project/global/networks/n"
            .parse()
            .expect("valid");
        let in_use = answer(400, "resourceInUseByAnotherResource", "", Value::Null);
        // As Compute Engine has it, and a constraint of the organization.
        let rate_limit = || answer(403, "rateLimitExceeded", "", Value::Null);
        let constraint = || {
            let details = json!({ "details": [
                { "violations": [{ "type": "constraints/iam.allowedPolicyMemberDomains" }] },
            ]});
            answer(400, "FAILED_PRECONDITION", "no", details)
        };
        let in_use_later = Fault::Operation(gcp::OperationError {
            codes: vec![("RESOURCE_IN_USE_BY_ANOTHER_RESOURCE".into(), String::new())],
            zones_available: Vec::new(),
            http_status: Some(400),
        });
        // (id, fault, was the account just created, does the plan enable APIs) => seconds
        let table = [
            (&project, no_account(), true, false, Some(80)),
            (&project, no_account(), false, false, None),
            (&account, no_account(), true, false, None),
            (&policy, plain(404, ""), true, false, Some(80)),
            (&policy, plain(403, ""), true, false, Some(80)),
            (&policy, plain(403, ""), false, false, None),
            (&project, plain(403, ""), true, false, None),
            (&account, off(), false, true, Some(180)),
            (&account, off(), false, false, None),
            (&account, busy, false, true, Some(300)),
            (&project, plain(409, "ABORTED"), false, false, Some(30)),
            (&project, plain(412, ""), false, false, Some(30)),
            (
                &account,
                plain(409, "ALREADY_EXISTS"),
                false,
                false,
                Some(120),
            ),
            (&account, plain(503, ""), false, false, Some(30)),
            (&policy, rate_limit(), true, false, Some(120)),
            (&network, rate_limit(), false, false, Some(120)),
            (&policy, constraint(), true, false, None),
            (&account, cut, false, false, Some(30)),
            (&account, plain(400, ""), true, true, None),
            (&account, Fault::RetentionLocked, true, true, None),
            (&network, in_use, false, false, Some(300)),
            (&network, in_use_later, false, false, Some(300)),
        ];
        for (id, fault, account_created, enables_apis, expected) in table {
            let created = account_created
                .then(|| account.clone())
                .into_iter()
                .collect();
            let step = Step::new(id.clone(), Action::Create, Origin::Created);
            let found = retry_budget(&step, &fault, &created, enables_apis).map(|d| d.as_secs());
            assert_eq!(found, expected, "{id}: {fault}");
        }
    }

    #[test]
    fn in_a_new_project_access_takes_a_while() {
        let id = |text: &str| text.parse::<ResourceId>().expect("valid");
        let project = id("project demo-project");
        let mut bucket = Step::new(id("bucket b-1"), Action::Create, Origin::Created);
        let api = id("api projects/demo-project/services/storage.googleapis.com");
        bucket.depends_on.insert(api);
        let elsewhere = id("account a@other-project.iam.gserviceaccount.com");
        let elsewhere = Step::new(elsewhere, Action::Create, Origin::Created);
        let refused = || answer(403, "PERMISSION_DENIED", "no", Value::Null);
        let created = BTreeSet::from([project.clone()]);
        let none = BTreeSet::new();
        let budget = |step, fault, created| retry_budget(step, &fault, created, true);
        let seconds = |n| Some(Duration::from_secs(n));
        assert_eq!(budget(&bucket, refused(), &created), seconds(80));
        assert_eq!(budget(&bucket, refused(), &none), None);
        assert_eq!(budget(&elsewhere, refused(), &created), None);
        // Its ID is taken.
        let taken = answer(409, "ALREADY_EXISTS", "", Value::Null);
        let project = Step::new(project, Action::Create, Origin::Created);
        assert_eq!(budget(&project, taken, &none), None);
    }
}
