//! What a job took: its calls and the permissions that they used. Pure.

use super::watch::{Call, short};
use crate::out;
use std::collections::{BTreeMap, BTreeSet};

/// The function that runs by the clock, whatever jobs there are.
const SWEEP: &str = "sweep";

/// Calls by identity and method, and permissions by identity and resource.
pub(super) fn of(calls: &[Call]) -> String {
    // What the operator reads is the tour's own curiosity.
    let ours = |call: &&Call| {
        !call.is_operators() || call.audit.method == "pubsub.projects.topics.publish"
    };
    let (timed, jobs): (Vec<&Call>, Vec<&Call>) =
        calls.iter().filter(ours).partition(|call| is_timed(call));
    let (tokens, work): (Vec<&Call>, Vec<&Call>) =
        jobs.into_iter().partition(|call| call.is_about_tokens());
    format!(
        "\nGoogle API calls for this job\n{}\n\
         Besides, to prove who one is (metadata servers, impersonation, keys): {} calls\n{}\n\
         Besides, by the clock, for all jobs (the sweep and its inventory): {} calls\n\n\
         Permissions that were used\n{}",
        indented(&counts(&work, true)),
        tokens.len(),
        indented(&counts(&tokens, false)),
        timed.len(),
        indented(&permissions(&work)),
    )
}

/// The sweep, and the inventory that it asks for.
fn is_timed(call: &Call) -> bool {
    call.who() == SWEEP || call.audit.method == "compute.instances.aggregatedList"
}

fn counts(calls: &[&Call], sum: bool) -> Vec<Vec<String>> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for call in calls {
        let audit = &call.audit;
        let method = if audit.method.is_empty() {
            audit.resource.as_str()
        } else {
            audit.method
        };
        *counts.entry((call.who(), method)).or_default() += 1;
    }
    let mut rows = vec![vec![
        "CALLS".to_owned(),
        "IDENTITY".to_owned(),
        "METHOD".to_owned(),
    ]];
    for ((who, method), count) in counts {
        rows.push(vec![
            format!("{count:>5}"),
            who.to_owned(),
            method.to_owned(),
        ]);
    }
    if sum {
        rows.push(vec![format!("{:>5}", calls.len()), "in all".to_owned()]);
    }
    rows
}

fn permissions(calls: &[&Call]) -> Vec<Vec<String>> {
    let mut used: BTreeSet<(&str, &str, &str)> = BTreeSet::new();
    for call in calls {
        for asked in call.audit.permissions.iter().filter(|asked| asked.granted) {
            used.insert((
                short(&call.audit.principal),
                &asked.permission,
                &asked.resource,
            ));
        }
    }
    let heads = vec![
        "IDENTITY".to_owned(),
        "PERMISSION".to_owned(),
        "RESOURCE".to_owned(),
    ];
    let rows = used.into_iter().map(|(who, permission, resource)| {
        vec![who.to_owned(), permission.to_owned(), resource.to_owned()]
    });
    std::iter::once(heads).chain(rows).collect()
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

    fn call(who: &str, api: &'static str, method: &'static str) -> Call {
        Call {
            audit: Audit {
                time: Timestamp::from_seconds(0),
                principal: who.to_owned(),
                api,
                method,
                resource: "/computeMetadata/v1/token".to_owned(),
                permissions: vec![PermissionCheck {
                    permission: format!("{method}.permission"),
                    resource: "projects/p".to_owned(),
                    granted: true,
                }],
                status: 200,
            },
            refusal: None,
        }
    }

    #[test]
    fn calls_are_counted_for_the_job_and_apart() {
        let queued = "serviceAccount:job-queued@p.iam.gserviceaccount.com";
        let text = of(&[
            call("user:me@x", "pubsub", "pubsub.projects.topics.publish"),
            call("user:me@x", "firestore", "firestore.get"),
            call(queued, "firestore", "firestore.commit"),
            call(queued, "firestore", "firestore.commit"),
            call(queued, "metadata", ""),
            call(
                "serviceAccount:sweep@p.iam.gserviceaccount.com",
                "firestore",
                "firestore.query",
            ),
        ]);
        for line in [
            "  CALLS  IDENTITY    METHOD",
            "      2  job-queued  firestore.commit",
            "      1  you         pubsub.projects.topics.publish",
            "      3  in all",
            "      1  job-queued  /computeMetadata/v1/token",
            "Besides, by the clock, for all jobs (the sweep and its inventory): 1 calls",
            "  job-queued  firestore.commit.permission                projects/p",
        ] {
            assert!(text.lines().any(|l| l == line), "{line:?} in\n{text}");
        }
        assert!(!text.contains("firestore.get"), "{text}");
    }
}
