//! Summarizes the calls of a job and the permissions that they used. Pure.

use super::observation::{ObservedCall, short_name};
use crate::out;
use std::collections::{BTreeMap, BTreeSet};

/// The function that runs on a schedule, independently of jobs.
const SWEEP: &str = "groundcrew-sweep";

/// Counts calls by identity and method, and lists permissions by identity and
/// resource.
pub(super) fn summarize(calls: &[ObservedCall]) -> String {
    // The operator's reads are made by the tour itself.
    let counted = |call: &&ObservedCall| {
        !call.is_operators() || call.audit.method == "pubsub.projects.topics.publish"
    };
    let (scheduled, of_job): (Vec<&ObservedCall>, Vec<&ObservedCall>) = (calls.iter())
        .filter(counted)
        .partition(|call| is_scheduled(call));
    let (authentication, work): (Vec<&ObservedCall>, Vec<&ObservedCall>) = of_job
        .into_iter()
        .partition(|call| call.is_authentication());
    format!(
        "\nGoogle API calls for this job\n{}\n\
         In addition, for authentication (metadata servers, impersonation, keys): {} calls\n{}\n\
         In addition, on a schedule for all jobs (the sweep and its inventory): {} calls\n\n\
         Permissions used\n{}",
        indented(&counts(&work, true)),
        authentication.len(),
        indented(&counts(&authentication, false)),
        scheduled.len(),
        indented(&permissions(&work)),
    )
}

/// Calls of the sweep, and of the inventory that it requests.
fn is_scheduled(call: &ObservedCall) -> bool {
    call.caller() == SWEEP || call.audit.method == "compute.instances.aggregatedList"
}

fn counts(calls: &[&ObservedCall], with_total: bool) -> Vec<Vec<String>> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for call in calls {
        let audit = &call.audit;
        let method = if audit.method.is_empty() {
            audit.resource.as_str()
        } else {
            audit.method
        };
        *counts.entry((call.caller(), method)).or_default() += 1;
    }
    let mut rows = vec![vec![
        "CALLS".to_owned(),
        "IDENTITY".to_owned(),
        "METHOD".to_owned(),
    ]];
    for ((actor, method), count) in counts {
        rows.push(vec![
            format!("{count:>5}"),
            actor.to_owned(),
            method.to_owned(),
        ]);
    }
    if with_total {
        rows.push(vec![format!("{:>5}", calls.len()), "total".to_owned()]);
    }
    rows
}

fn permissions(calls: &[&ObservedCall]) -> Vec<Vec<String>> {
    let mut used: BTreeSet<(&str, &str, &str)> = BTreeSet::new();
    for call in calls {
        for checked in call
            .audit
            .permissions
            .iter()
            .filter(|checked| checked.granted)
        {
            used.insert((
                short_name(&call.audit.principal),
                &checked.permission,
                &checked.resource,
            ));
        }
    }
    let header = vec![
        "IDENTITY".to_owned(),
        "PERMISSION".to_owned(),
        "RESOURCE".to_owned(),
    ];
    let rows = used.into_iter().map(|(actor, permission, resource)| {
        vec![actor.to_owned(), permission.to_owned(), resource.to_owned()]
    });
    std::iter::once(header).chain(rows).collect()
}

fn indented(rows: &[Vec<String>]) -> String {
    out::table(rows)
        .lines()
        .map(|line| format!("  {line}\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use names::Timestamp;
    use simulator::{Audit, PermissionCheck};

    fn call(actor: &str, api: &'static str, method: &'static str) -> ObservedCall {
        ObservedCall {
            audit: Audit {
                time: Timestamp::from_seconds(0),
                principal: actor.to_owned(),
                api,
                method,
                resource: "/computeMetadata/v1/token".to_owned(),
                permissions: vec![PermissionCheck {
                    permission: format!("{method}.permission"),
                    resource: "projects/p".to_owned(),
                    parent: "projects/p".to_owned(),
                    granted: true,
                }],
                status: 200,
            },
            error_message: None,
        }
    }

    #[test]
    fn calls_of_the_job_are_counted_apart_from_others() {
        let queued = "serviceAccount:job-queued@p.iam.gserviceaccount.com";
        let text = summarize(&[
            call("user:me@x", "pubsub", "pubsub.projects.topics.publish"),
            call("user:me@x", "firestore", "firestore.get"),
            call(queued, "firestore", "firestore.commit"),
            call(queued, "firestore", "firestore.commit"),
            call(queued, "metadata", ""),
            call(
                "serviceAccount:groundcrew-sweep@p.iam.gserviceaccount.com",
                "firestore",
                "firestore.query",
            ),
        ]);
        for line in [
            "  CALLS  IDENTITY    METHOD",
            "      2  job-queued  firestore.commit",
            "      1  you         pubsub.projects.topics.publish",
            "      3  total",
            "      1  job-queued  /computeMetadata/v1/token",
            "In addition, on a schedule for all jobs (the sweep and its inventory): 1 calls",
            "  job-queued  firestore.commit.permission                projects/p",
        ] {
            assert!(text.lines().any(|l| l == line), "{line:?} in\n{text}");
        }
        assert!(!text.contains("firestore.get"), "{text}");
    }
}
